import { z } from 'zod';

/*
 * What etcd's JSON gateway answers: 64-bit numbers are strings, and what is false, zero or empty is left out.
 * @see https://github.com/etcd-io/etcd/blob/v3.6.0/api/etcdserverpb/rpc.proto
 */

const uint64 = z.string().regex(/^\d{1,20}$/);

/** A number of entries or bytes. */
const count = uint64.default('0').transform(Number);

/** An id as etcdctl prints it; `0` is none. */
const id = uint64.default('0').transform((decimal) => BigInt(decimal).toString(16));

const text = z.string().max(253);

export const memberListSchema = z.object({
  members: z
    .array(
      z.object({
        ID: id,
        name: text.default(''),
        peerURLs: z.array(text).default([]),
        clientURLs: z.array(text).default([]),
        isLearner: z.boolean().default(false),
      }),
    )
    .min(1),
});

export type ListedMember = z.infer<typeof memberListSchema>['members'][number];

export const statusSchema = z.object({
  header: z.object({ member_id: id }),
  version: text.default(''),
  dbSize: count,
  /** The id of the leader; `0` where the member knows none. */
  leader: id,
  raftIndex: count,
  /** Since etcd 3.4. */
  raftAppliedIndex: uint64.transform(Number).optional(),
  isLearner: z.boolean().default(false),
});

export type MemberStatus = z.infer<typeof statusSchema>;

export const alarmListSchema = z.object({
  alarms: z.array(z.object({ memberID: id, alarm: text.default('NONE') })).default([]),
});

/** The JSON in a line, when it is of that shape. */
export function parseAnswer<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

import { defineQuery, setCurrentDetails, setHandler } from '@temporalio/workflow';

import { handlers } from '../contracts/index.ts';
import type {
  Leftover,
  RecheckRequest,
  RecheckResult,
  Run,
  RunStatus,
  Step,
  StepStatus,
} from '../contracts/index.ts';
import { renderDetails } from './details.ts';
import type { LastWords } from './details.ts';
import { openRechecks } from './rechecks.ts';

/** What a run waits for. */
export type Wait = NonNullable<RunStatus['wait']>;

/** What the run tells people, and what they tell it: the `status` query, the current details, the update `recheck`. */
export interface Board {
  /** Writes a step down as scheduled; the returned function writes its end. */
  schedule(step: Step, take?: number): (state: StepStatus['state']) => void;
  onNode(nodeName: string): void;
  /** The run goes on with the backup of this id. */
  continues(id: string): void;
  /** Waits for so long, or until somebody asks for a recheck: then it returns what they said. */
  wait(wait: Wait, ms: number): Promise<RecheckRequest | undefined>;
  /** Writes down how the guards were evaluated, for those who asked. */
  checked(result: RecheckResult): void;
  end(outcome: RunStatus['outcome'], leftovers: readonly Leftover[], last?: LastWords): void;
}

/** Opens the board and registers the run's handlers; before the first await, so that nothing comes too early. */
export function openBoard(run: Run): Board {
  let status: RunStatus = {
    version: 1,
    id: run.id,
    cluster: run.cluster,
    outcome: 'running',
    steps: [],
    leftovers: [],
  };
  let last: LastWords | undefined;
  const show = (changes: Partial<RunStatus>): void => {
    status = { ...status, ...changes };
    setCurrentDetails(renderDetails(status, last));
  };

  const query = defineQuery<RunStatus>(handlers.status.name);
  setHandler(query, () => status, { description: 'Steps, states and times of this run' });
  const rechecks = openRechecks();
  show({});

  return {
    schedule(step, take) {
      const at = status.steps.length;
      const row: StepStatus = {
        step,
        ...(take === undefined ? {} : { take }),
        state: 'scheduled',
        scheduledAt: new Date().toISOString(),
      };
      show({ steps: [...status.steps, row] });
      return (state) => {
        const ended = { ...row, state, finishedAt: new Date().toISOString() };
        show({ steps: status.steps.map((other, index) => (index === at ? ended : other)) });
      };
    },
    onNode: (nodeName) => show({ nodeName }),
    continues: (id) => show({ id }),
    async wait(wait, ms) {
      show({ wait });
      try {
        return await rechecks.wait(wait, ms);
      } finally {
        const { wait: _, ...rest } = status;
        status = rest;
        show({});
      }
    },
    checked: (result) => rechecks.checked(result),
    end(outcome, leftovers, lastWords) {
      last = lastWords;
      show({ outcome, leftovers });
    },
  };
}

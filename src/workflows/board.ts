import { defineQuery, defineUpdate, setCurrentDetails, setHandler } from '@temporalio/workflow';

import { handlers } from '../contracts/index.ts';
import type {
  Leftover,
  RecheckRequest,
  Run,
  RunStatus,
  Step,
  StepStatus,
} from '../contracts/index.ts';
import { renderDetails } from './details.ts';

/** What the run tells people: the `status` query and the current details, from one state. */
export interface Board {
  /** Writes a step down as scheduled; the returned function writes its end. */
  schedule(step: Step, take?: number): (state: StepStatus['state']) => void;
  onNode(nodeName: string): void;
  end(outcome: RunStatus['outcome'], leftovers: readonly Leftover[], next?: string): void;
}

/** Opens the board and registers the run's handlers; before the first await, so that no query comes too early. */
export function openBoard(run: Run): Board {
  let status: RunStatus = {
    version: 1,
    id: run.id,
    cluster: run.cluster,
    outcome: 'running',
    steps: [],
    leftovers: [],
  };
  let next: string | undefined;
  const show = (changes: Partial<RunStatus>): void => {
    status = { ...status, ...changes };
    setCurrentDetails(renderDetails(status, next));
  };

  const query = defineQuery<RunStatus>(handlers.status.name);
  setHandler(query, () => status, { description: 'Steps, states and times of this run' });
  const recheck = defineUpdate<string, [RecheckRequest]>(handlers.recheck.name);
  setHandler(recheck, ({ who }) => `rechecked for ${who}`, {
    description:
      'Ends a wait and evaluates the guards again, with overrides, a reason and who decided',
    validator: (_request: RecheckRequest) => {
      throw new Error('nothing waits in this run: recheck ends a wait only');
    },
  });
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
    end(outcome, leftovers, whatNext) {
      next = whatNext;
      show({ outcome, leftovers });
    },
  };
}

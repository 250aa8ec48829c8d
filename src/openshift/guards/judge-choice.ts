import { describeUnfit } from '../choose-node.ts';
import type { NodeChoice, NodeChoiceGuard } from '../choose-node.ts';
import { notEvaluated, passed, refused } from './guard.ts';
import type { GuardVerdict } from './guard.ts';

/**
 * What a guard about nodes says of the choice among them: it refuses where no node is fit and it has something against one of
 * them. A node that it is against counts for nothing while another is fit; where the choice is forced, only those that are taken
 * count.
 */
export function judgeChoice(
  choice: NodeChoice,
  guard: NodeChoiceGuard,
  good: (names: string) => string,
): GuardVerdict {
  if (choice.outcome === 'notObserved') return notEvaluated(choice.reason);
  const { candidates, unfit, isForced } = choice;
  const own = unfit.filter((each) => each.guard === guard);
  if (candidates.length > 0 && !isForced) {
    const others = own.length === 0 ? '' : `; not ${describeUnfit(own)}`;
    return passed(`${good(candidates.map(({ name }) => name).join(', '))}${others}`);
  }
  // A node that another guard keeps from being taken does not decide about those that are.
  const judged = isForced
    ? own.filter(({ node }) => candidates.some(({ name }) => name === node))
    : own;
  return judged.length === 0 ? passed(good('the nodes')) : refused(describeUnfit(judged));
}

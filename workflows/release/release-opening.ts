import { imagesOfPass } from '../../domain/image.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import { nothingMore, objectionToPromotion, onlyFrom, openBoard, reopen } from '../../domain/release-board.ts';
import type { PromoteMessage } from '../messages.ts';
import { pipelines } from '../proxies/images.ts';
import { ledger } from '../proxies/main.ts';
import { refuse } from '../refuse.ts';
import { recordOfPromotion } from './promotions.ts';
import type { ReleaseRun } from './release-run.ts';

/** How a run of a release begins. */
export interface Opening {
  readonly record: ReleaseRecord;
  /** Set when a person takes an ended release through one more stage; `requestId` is absent where an earlier version began it. */
  readonly promote?: PromoteMessage & { readonly requestId?: string };
  /** Set when it had ended, and is started to hear that a stage was taken back: nothing else is done. */
  readonly isWoken?: true;
}

/** Reads the release and its pipeline, and where its stages stand; then takes the promotion that it was started for. */
export async function openRelease(run: ReleaseRun, { record: { application, number }, promote, isWoken }: Opening): Promise<void> {
  const { record, passes, promotions = [], starters = [] } = await ledger.openRelease({ application, number });
  const pipeline = await pipelines.readPipeline({ application, ...(record.commit !== undefined && { commit: record.commit }) });
  run.board = openBoard(record, pipeline, passes, imagesOfPass);
  run.movers.know(promotions, starters);
  if (isWoken === true) run.board = nothingMore(run.board);
  if (promote === undefined) return;
  refuse(objectionToPromotion(run.board, promote.stage, promote.runAgain));
  await run.records.keep('promotion-requested', promote.stage, recordOfPromotion(run, promote, promote.requestId));
  run.takeUp(promote);
  run.promotedByHand(promote);
  run.board = onlyFrom(reopen(run.board, promote.stage), promote.stage);
}

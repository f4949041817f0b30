import { environmentsOf } from './world/environments.ts';
import { gatesOf } from './world/gates.ts';
import { hostsOf } from './world/hosts.ts';
import { imagesOf } from './world/images.ts';
import { ledgerOf } from './world/ledger.ts';
import { outsideOf } from './world/outside.ts';
import { retentionOf } from './world/retention.ts';
import { WorldState } from './world/world-state.ts';

/** The world with its activities, by the names that workflows call them by. */
export class FakeWorld extends WorldState {
  activities() {
    return {
      ...ledgerOf(this),
      ...gatesOf(this),
      ...environmentsOf(this),
      ...outsideOf(this),
      ...imagesOf(this),
      ...retentionOf(this),
      ...hostsOf(this),
    };
  }
}

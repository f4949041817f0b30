import type { Telling } from '../../domain/people/known-by.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { RegisterRequest, ReleaseRegister } from '../../server/ports.ts';

/** Numbers releases in memory. */
export class FakeRegister implements ReleaseRegister {
  readonly records: { readonly key: string; readonly record: ReleaseRecord; readonly known?: RegisterRequest['known'] }[] = [];
  failure: Error | undefined;
  /** Requests to promote that are in the ledger. */
  readonly promotions = new Set<string>();

  async register({ application, key, commit, images, kept, initiator, known }: RegisterRequest) {
    if (this.failure) throw this.failure;
    const found = this.records.find((entry) => entry.record.application === application && entry.key === key);
    if (found) return { record: found.record, created: false };
    const number = ((await this.newest(application)) ?? 0) + 1;
    const record = {
      application,
      number,
      ...(commit !== undefined && { commit }),
      images,
      ...(kept !== undefined && { kept }),
      initiator,
      createdAt: '2026-03-02T09:30:00.000Z',
    };
    this.records.push({ key, record, known });
    return { record, created: true };
  }

  /** A release as if somebody had registered it before. */
  put(record: ReleaseRecord): void {
    this.records.push({ key: `put/${record.number}`, record });
  }

  readonly starters: { readonly on: string; readonly person: string; readonly known: Telling['known']; readonly isProved: boolean }[] = [];

  async addStarter(
    { application, number }: Pick<ReleaseRecord, 'application' | 'number'>,
    person: string,
    { known, isProved }: Telling,
  ): Promise<void> {
    if (this.failure) throw this.failure;
    const on = `${application}#${number}`;
    if (!this.starters.some((other) => other.on === on && other.person === person && (other.isProved || !isProved)))
      this.starters.push({ on, person, known, isProved });
  }

  async release(application: string, number: number): Promise<ReleaseRecord | undefined> {
    return this.records.find(({ record }) => record.application === application && record.number === number)?.record;
  }

  async newest(application: string): Promise<number | undefined> {
    const numbers = this.records.filter(({ record }) => record.application === application).map(({ record }) => record.number);
    return numbers.length === 0 ? undefined : Math.max(...numbers);
  }

  async hasPromotion(application: string, number: number, requestId: string): Promise<boolean> {
    return this.promotions.has(`${application}#${number} ${requestId}`);
  }

  async ping(): Promise<void> {
    if (this.failure) throw this.failure;
  }
}

import type { ApprovalRule } from '../domain/gates/rules.ts';

interface KnownGroup {
  readonly name: string;
  readonly people: readonly string[];
  /** Values by which a provider says who else is in it. */
  readonly claims: readonly string[];
}

interface GroupFault {
  /** Of the rule's groups. */
  readonly index: number;
  readonly message: string;
  readonly hint: string;
}

/** Groups of an approval rule that are not there, or too small: a gate that nobody could ever open. Who else is in a group with claims, a provider alone knows. */
export function groupFaults({ groups = [] }: Pick<ApprovalRule, 'groups'>, known: readonly KnownGroup[]): readonly GroupFault[] {
  return groups.flatMap(({ group, count }, index) => {
    const found = known.find(({ name }) => name === group);
    const names = known.map(({ name }) => name).join(', ') || 'none';
    if (found === undefined) return [{ index, message: `no group is named ${group}`, hint: `there are ${names}` }];
    if (found.claims.length > 0 || count <= found.people.length) return [];
    const message = `${count} approvals cannot come from ${found.people.length === 1 ? 'the one person' : `the ${found.people.length} people`} of ${group}`;
    return [{ index, message, hint: 'lower count, or add people to the group' }];
  });
}

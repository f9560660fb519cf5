"""A ledger in memory, posted to as the tables are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from app.domain.keeping.account import Account
from app.domain.ledger.entries import EntryDraft, balances, negated
from app.domain.ledger.journals import journals_of
from app.domain.ledger.replaying import KeptJournal, replay


@dataclass
class Books:
    """Journals of one plan in the order in which they were posted."""

    kept: list[KeptJournal] = field(default_factory=list)
    entries: dict[int, tuple[EntryDraft, ...]] = field(default_factory=dict)
    posted_at: dict[int, datetime] = field(default_factory=dict)

    def post(self, account: Account, as_of: date, at: datetime) -> int:
        """Post what is missing; return how many journals that was."""
        found = replay(self.kept, journals_of(account, as_of), as_of)
        for one, generation in found.reversed:
            self._add(
                one._replace(generation=generation, reverses=one.seq),
                negated(self.entries[one.seq]),
                at,
            )
        for draft, generation, sha256 in found.wanted:
            kept = KeptJournal(0, draft.cause, generation, draft.value_on, sha256)
            self._add(kept, draft.entries, at)
        return len(found.reversed) + len(found.wanted)

    def _add(self, one: KeptJournal, entries: tuple[EntryDraft, ...], at: datetime) -> None:
        seq = len(self.kept) + 1
        self.kept.append(one._replace(seq=seq))
        self.entries[seq], self.posted_at[seq] = entries, at

    def balances(self, day: date, known_at: datetime | None = None) -> Mapping:
        """What the books come to, true for a day, known at an instant."""
        return balances(
            entry
            for one in self.kept
            if one.value_on <= day and (known_at is None or self.posted_at[one.seq] <= known_at)
            for entry in self.entries[one.seq]
        )


def of_account(found: Mapping, *names: str) -> int:
    """What accounts come to, in fen."""
    return sum(fen for key, fen in found.items() if key.account in names)


def by(found: Mapping, account: str) -> Mapping:
    """An account's balances by loan, instalment and component."""
    each: Counter = Counter()
    for key, fen in found.items():
        if key.account == account:
            each[key.loan, key.number, key.component] += fen
    return {key: fen for key, fen in each.items() if fen}

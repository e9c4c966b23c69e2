"""The wash-sale rule (IRC 1091): losses matched with what replaced the shares, as the ledger is walked.

A loss looks back first, at shares bought in the thirty days before it and still held; what it does not find
there waits, and each purchase of the next thirty days is offered to the waiting losses in order of sale. So
one pass in order of days gives the matches of Reg. 1.1091-1(b) to (e): losses in order of disposition,
replacements in order of acquisition, share for share, each share once. An adjustment only reaches shares
that are disposed of later, so nothing is gone over twice.
"""

from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import date
from operator import attrgetter
from uuid import UUID

from portfolios.engine.closings import Closing, Match
from portfolios.engine.lots import OpenLot, Purchase
from portfolios.engine.policies import Identity, PlanPurchases, SpouseBasis, TaxRules, WashMode
from portfolios.engine.positions import Position
from portfolios.engine.records import (
    FindingKind,
    FindingRecord,
    PortfolioRecord,
    TaxOwner,
    TransactionRecord,
    Treatment,
)
from portfolios.engine.wash_groups import WINDOW, Candidate, Group, Loss, Standing, purchase_day

# What is identical: a group of the household or, in the broker's view, one instrument of one account.
GroupKey = UUID | tuple[UUID, UUID]
# The fills of one sale order: account, order and day.
OrderKey = tuple[UUID, str, date]
# In order of acquisition: every piece keeps the place of its lot.
_acquisition = attrgetter("closing.piece.order")


class WashSales:
    """The losses and replacements of one walk over a ledger."""

    def __init__(self, rules: TaxRules, last_fills: Mapping[OrderKey, UUID]) -> None:
        self.policy = rules.policy
        self.findings: list[FindingRecord] = []
        self._rules = rules
        self._last_fills = last_fills
        self._longs: defaultdict[GroupKey, Group] = defaultdict(Group)
        self._shorts: defaultdict[GroupKey, Group] = defaultdict(Group)
        self._standings: dict[Position, Standing | None] = {}
        # By the number of the identifier, which is hashed for every part.
        self._parts: dict[int, int] = {}
        self._closed: defaultdict[OrderKey | None, list[Loss]] = defaultdict(list)
        self._divided: list[Loss] = []
        # Purchases in plans that no ruling speaks of, and losses that they may wash.
        self._plan_purchases: defaultdict[int, list[date]] = defaultdict(list)
        self._plan_groups: dict[Position, Group] = {}
        self._doubtful: list[Loss] = []
        # Under these policies shares that are sold may still replace others, so gains are kept as well.
        self._keeps_sold = self.policy.same_sale_replacement or not self.policy.replacement_must_be_held

    def admit(self, position: Position) -> None:
        """Finds out what a new position means for the rule."""
        standing = self._standing(position.portfolio, position.instrument_id)
        self._standings[position] = standing
        if standing is not None:
            standing.group.positions.append(position)
        elif self._is_open_question(position.portfolio):
            identity = self._identity(position.instrument_id)
            if not (identity.is_exempt or identity.is_digital_asset):
                self._plan_groups[position] = self._longs[identity.group]

    def bought(self, position: Position, lot: OpenLot, today: date, *, is_short: bool = False) -> None:
        """Offers shares to the losses that wait for them, then keeps what is left for losses to come.

        For a short position these are shares sold short anew (IRC 1091(e)).
        """
        standing = self._standings[position]
        if lot.acquired is None:
            return
        if standing is None:
            if position in self._plan_groups:
                self._plan_purchases[id(self._plan_groups[position])].append(lot.acquired)
            return
        day, now = lot.acquired.toordinal(), today.toordinal()
        for group, unit in ((standing.shorts, 1),) if is_short else standing.replaces:
            candidate = Candidate(position, lot, day, unit, is_short)
            if group.losses:
                group.drop_done(now)
                self._offer(group, candidate)
            if day >= now - WINDOW and candidate.is_free:
                group.add(candidate)

    def closed(self, position: Position, closing: Closing, *, sold: date | None = None) -> None:
        """Notes a piece that was closed; `settle` follows when its ledger row is done.

        `sold` is the day of the sale where it is not that of the row (a delivery against the box).
        """
        standing = self._standings[position]
        if standing is None or standing.loses_from is None or closing.row.trade_date < standing.loses_from:
            return
        loss = closing.loss
        if loss or (self._keeps_sold and not closing.is_short):
            row = closing.row
            day = (sold or row.trade_date).toordinal()
            key = (row.portfolio_id, row.order_ref, row.trade_date) if row.order_ref else None
            self._closed[key if key in self._last_fills else None].append(
                Loss(
                    standing.shorts if closing.is_short else standing.group,
                    position,
                    closing,
                    day,
                    closing.quantity,
                    loss,
                )
            )

    def settle(self, row: TransactionRecord) -> None:
        """Matches the losses of a sale, in order of acquisition (Reg. 1.1091-1(b)), when it is complete."""
        if not self._closed:
            return
        losses = self._closed.pop(None, None)
        if losses:
            self._settle(losses)
        if row.order_ref and self._closed:
            key = (row.portfolio_id, row.order_ref, row.trade_date)
            if self._last_fills.get(key) == row.id and key in self._closed:
                self._settle(self._closed.pop(key))

    def split(self, position: Position, day: date, new: int, old: int) -> None:
        """Notes a split, so that losses that wait are compared share for share."""
        standing = self._standings[position]
        if standing is not None:
            for group in (standing.group, standing.shorts):
                group.split(position, day.toordinal(), new, old)

    def moved(self, position: Position, lot: OpenLot, today: date) -> None:
        """Shares that were bought elsewhere now stand in `position`: they may replace others from there."""
        if lot.purchase is not None and not lot.is_spent:
            self.bought(position, lot, today)

    def renamed(self, position: Position, successor: Position) -> None:
        """Lets losses that wait under an old symbol wait under the new one."""
        old, new = self._standings[position], self._standings[successor]
        if old is None or new is None or old.group is new.group:
            return
        losses = sorted([*old.group.losses, *new.group.losses], key=_sale_day)
        new.group.losses = deque(losses)
        old.group.losses.clear()

    def finish(self) -> None:
        """Asks about losses that a purchase in a 401(k) or HSA may wash, for as far as nothing else does."""
        for loss in self._doubtful if self._plan_groups else ():
            days = [
                day
                for day in self._plan_purchases[id(loss.group)]
                if loss.left and abs(day.toordinal() - loss.day) <= WINDOW
            ]
            if days:
                self._ask(
                    loss,
                    FindingKind.WASH_UNCLEAR,
                    f"Shares were bought in a 401(k) or HSA on {min(days)}, within 30 days of this loss. No "
                    "ruling says whether that washes it; the book does not count it.",
                )

    def prune(self) -> set[UUID] | None:
        """Forgets shares that can replace nothing any more, and questions; returns what may still be washed.

        That is the ledger rows of losses which wait; None where any row may still change.
        """
        self.findings.clear()
        self._doubtful.clear()
        if self._keeps_sold:
            return None
        groups = (*self._longs.values(), *self._shorts.values())
        for group in groups:
            group.candidates[:] = [one for one in group.candidates if one.is_free]
        return {loss.closing.row.id for group in groups for loss in group.losses if loss.left}

    def next_part(self, root_id: UUID) -> int:
        """The number of one more part of an undivided lot."""
        self._parts[root_id.int] = number = self._parts.get(root_id.int, 0) + 1
        return number

    def free_shares(self, position: Position, day: date) -> list[tuple[Purchase | None, int]]:
        """What was bought in the thirty days up to `day`, is held and replaced nothing yet, by purchase."""
        standing = self._standings[position]
        if standing is None or standing.loses_from is None:
            return []
        first = day.toordinal() - WINDOW
        return [
            (candidate.lot.purchase, candidate.lot.quantity * candidate.unit)
            for candidate in standing.group.candidates
            if candidate.day >= first and candidate.is_free
        ]

    def _standing(self, portfolio: PortfolioRecord, instrument_id: UUID) -> Standing | None:
        """None for what the rule does not touch: simulated accounts, other people, IRC 1256 contracts."""
        identity = self._identity(instrument_id)
        loses_from = date.min if portfolio.treatment is Treatment.TAXABLE else None
        if identity.is_digital_asset:
            if self.policy.digital_assets_from is None:
                return None
            loses_from = loses_from and self.policy.digital_assets_from
        if identity.is_exempt or self._is_outside(portfolio):
            return None
        if self._rules.mode is WashMode.BROKER:
            key: GroupKey = (portfolio.id, instrument_id)
            replaces = [(self._longs[key], 1)]
        else:
            key = identity.group
            replaces = [(self._longs[key], 1)]
            if identity.replaces is not None and self.policy.options_replace:
                replaces.append((self._longs[identity.replaces], identity.shares_per_unit))
        return Standing(
            group=replaces[0][0],
            shorts=self._shorts[key],
            replaces=tuple(replaces),
            loses_from=loses_from,
            is_permanent=portfolio.treatment is not Treatment.TAXABLE,
        )

    def _identity(self, instrument_id: UUID) -> Identity:
        return self._rules.identities.get(instrument_id) or Identity(group=instrument_id)

    def _is_open_question(self, portfolio: PortfolioRecord) -> bool:
        """Whether purchases of the account are pointed out, not counted (Rev. Rul. 2008-5 is on IRAs)."""
        is_plan = portfolio.treatment is Treatment.OTHER_PLAN and portfolio.owner is not TaxOwner.OTHER
        is_warned = self.policy.plan_purchases is PlanPurchases.WARN
        return is_plan and is_warned and self._rules.mode is WashMode.TAXPAYER

    def _is_outside(self, portfolio: PortfolioRecord) -> bool:
        """Whether neither losses nor purchases of the account count."""
        if self._rules.mode is WashMode.BROKER:
            return portfolio.treatment is not Treatment.TAXABLE
        if portfolio.treatment is Treatment.OTHER_PLAN:
            return self.policy.plan_purchases is PlanPurchases.WARN
        return portfolio.treatment is Treatment.SIMULATED or portfolio.owner is TaxOwner.OTHER

    def _settle(self, losses: list[Loss]) -> None:
        if len(losses) > 1:
            losses.sort(key=_acquisition)
        if self._keeps_sold:
            return self._settle_with_sold(losses)
        for loss in losses:
            self._seek(loss)
        return None

    def _settle_with_sold(self, losses: list[Loss]) -> None:
        """As `_settle`, where shares that are sold may replace others: those of this sale, or earlier ones.

        Such a share takes the loss up although it is sold already, so the gain of its own sale changes. Of
        an earlier sale only what was sold at a gain is asked: a loss of its own would have to be judged anew.
        """
        sold = {id(loss.closing): (loss, self._candidate(loss)) for loss in losses}
        if self.policy.same_sale_replacement:
            for loss, candidate in sold.values():
                self._keep(loss, candidate)
        waiting = losses
        while waiting:
            loss = waiting.pop(0)
            sold[id(loss.closing)][1].is_out = True
            loss.amount = loss.closing.loss
            loss.left = loss.closing.quantity
            if loss.amount:
                self._seek(loss)
            waiting.extend(self._divided)
            sold.update((id(part.closing), (part, self._candidate(part))) for part in self._divided)
            self._divided = []
            waiting.sort(key=_acquisition)
        for loss, candidate in sold.values():
            if not self.policy.replacement_must_be_held and candidate.is_gain:
                candidate.is_out = False
                if not self.policy.same_sale_replacement:
                    self._keep(loss, candidate)

    def _candidate(self, loss: Loss) -> Candidate:
        piece = loss.closing.piece
        return Candidate(loss.position, piece, (piece.acquired or date.min).toordinal(), sale=loss)

    def _keep(self, loss: Loss, candidate: Candidate) -> None:
        if candidate.lot.purchase is not None and not loss.closing.is_short:
            loss.group.add(candidate)

    def _seek(self, loss: Loss) -> None:
        """Matches a loss with what was bought before; the rest waits for what will be bought."""
        self._doubtful.append(loss)
        loss.splits_before = len(loss.group.splits)
        self._look_back(loss)
        if loss.left:
            loss.group.losses.append(loss)

    def _look_back(self, loss: Loss) -> None:
        """Matches with what was bought before and is free; what can never be used again is swept out."""
        if loss.day != loss.closing.row.trade_date.toordinal():
            return self._look_around(loss)
        first = loss.day - WINDOW
        candidates = loss.group.candidates
        kept: list[Candidate] = []
        seen = 0
        for candidate in candidates:
            if not loss.left:
                break
            seen += 1
            if candidate.day < first or not candidate.is_free:
                continue
            if self._fits(loss, candidate):
                self._match(loss, candidate)
            if candidate.is_free:
                kept.append(candidate)
        candidates[:seen] = kept
        return None

    def _look_around(self, loss: Loss) -> None:
        """A sale dated before its row may be replaced by anything bought on either side of that day."""
        found = [
            Candidate(position, lot, lot.acquired.toordinal())
            for position in loss.group.positions
            for lot in position.longs
            if lot.acquired is not None and lot.purchase is not None
        ]
        for candidate in sorted(found, key=purchase_day):
            near = abs(candidate.day - loss.day) <= WINDOW
            if loss.left and near and candidate.is_free and self._fits(loss, candidate):
                self._match(loss, candidate)

    def _offer(self, group: Group, candidate: Candidate) -> None:
        for loss in group.losses:
            if not candidate.is_free:
                break
            if loss.left and abs(candidate.day - loss.day) <= WINDOW and self._fits(loss, candidate):
                self._match(loss, candidate)

    def _fits(self, loss: Loss, candidate: Candidate) -> bool:
        """Whether shares were bought apart from those that were sold (Rev. Rul. 56-602)."""
        return (
            self.policy.same_purchase_replacement
            or loss.purchase is None
            or candidate.lot.purchase != loss.purchase
        )

    def _match(self, loss: Loss, candidate: Candidate) -> None:
        """Matches as many shares as both have: the loss is disallowed and goes into the replacement."""
        shares, bought = candidate.shared_with(loss)
        if not shares:
            return
        closing, position = loss.closing, candidate.position
        amount = loss.part(shares)
        is_permanent = self._is_permanent(loss, candidate)
        days: int | None = None
        if not (is_permanent or closing.is_short or closing.holding_date is None):
            days = loss.day - closing.holding_date.toordinal()
        lot = self._spend(candidate, bought)
        if not is_permanent:
            self._take_up(loss, position, lot, amount, days)
        if isinstance(lot, Closing):
            piece = lot.piece
        else:
            piece = lot
            position.side(is_short=candidate.is_short).place(lot)
        closing.wash(
            Match(
                position.portfolio.id,
                position.instrument_id,
                piece.transaction_id,
                piece.root_id,
                piece.acquired or date.min,
                shares,
                bought,
                amount,
                is_permanent,
                days,
            )
        )

    def _is_permanent(self, loss: Loss, candidate: Candidate) -> bool:
        """Whether no basis takes the loss up: an IRA (Rev. Rul. 2008-5) or, by policy, the other spouse."""
        standing = self._standings[candidate.position]
        if standing is None or standing.is_permanent:
            return True
        is_other = candidate.position.portfolio.owner is not loss.position.portfolio.owner
        return is_other and self.policy.spouse_basis is SpouseBasis.PERMANENT

    def _spend(self, candidate: Candidate, quantity: int) -> OpenLot | Closing:
        """Marks shares as used, as a part of their own where more is left; an open lot leaves its queue."""
        lot, position = candidate.lot, candidate.position
        if candidate.sale is not None:
            return self._spend_sold(position, candidate.sale, quantity)
        queue = position.side(is_short=candidate.is_short)
        if quantity == lot.quantity:
            queue.lift(lot)
        else:
            lot = queue.divide(lot, quantity, self.next_part(lot.root_id))
        lot.is_spent = True
        return lot

    def _spend_sold(self, position: Position, sale: Loss, quantity: int) -> Closing:
        closing = sale.closing
        if quantity < closing.quantity:
            part = closing.divide(quantity)
            position.closings.insert(_index(position.closings, closing), part)
            self._divided.append(Loss(sale.group, position, part, sale.day, 0, 0))
            closing = part
        closing.piece.is_spent = True
        return closing

    def _take_up(
        self, loss: Loss, position: Position, lot: OpenLot | Closing, amount: int, days: int | None
    ) -> None:
        """Puts a disallowed loss into the basis of what replaced the shares (Reg. 1.1091-2)."""
        base = position.portfolio.base_currency
        if loss.position.portfolio.base_currency != base:
            return self._note_currency(loss, base, lot)
        is_base = lot.currency == base
        if isinstance(lot, OpenLot) and loss.closing.is_short:
            return lot.give_up(amount, is_base_currency=is_base)
        return lot.take_up(amount, days, is_base_currency=is_base)

    def _note_currency(self, loss: Loss, currency: str, lot: OpenLot | Closing) -> None:
        lot.forget_basis()
        self._ask(
            loss,
            FindingKind.RATE_MISSING,
            "The loss was replaced in an account that counts in another currency: its deferred part in "
            f"{currency} is not known, nor is the basis of the replacement.",
        )

    def _ask(self, loss: Loss, kind: FindingKind, detail: str) -> None:
        closing = loss.closing
        self.findings.append(
            FindingRecord(
                kind=kind,
                portfolio_id=closing.portfolio_id,
                instrument_id=closing.instrument_id,
                transaction_id=closing.row.id,
                day=closing.row.trade_date,
                detail=detail,
            )
        )


def _sale_day(loss: Loss) -> int:
    return loss.day


def _index(closings: list[Closing], closing: Closing) -> int:
    return next(number for number, one in enumerate(closings) if one is closing)

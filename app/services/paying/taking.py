"""What a channel told is believed, once: money becomes a payment, an order is answered by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.repayments.directory import Destination
from app.domain.repayments.row import RepaymentRow, is_old
from app.domain.repayments.traits import MatchReason
from app.domain.states import COMPLETED, KEPT_PLANS
from app.models import (
    Loan,
    OrderPayment,
    Payment,
    PaymentOrder,
    Plan,
    PlanLoan,
    ProviderEvent,
    new_public_id,
)
from app.ports.payments import News, Payments, RefundNews
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.core.transaction import let_no_batch_of_money_in, line_up, transaction
from app.services.paying.received_refunds import take_refund
from app.services.paying.records import KIND, by_channel, channel_of, end_order, lock_order
from app.services.paying.tellings import news_of
from app.services.repayments.posting import (
    Ends,
    Share,
    add_matches,
    after_money,
    lock_ends,
    reasons_kept,
)
from app.services.repayments.sealing import sealed_words

BY_ORDER, AGAIN = "order", "order_again"
# What money is laid on by a rule: a plan that runs, or that is over, where it is credit.
TAKES_MONEY, BROKEN = KEPT_PLANS | {COMPLETED}, "broken"
STORED, APPLIED, KNOWN, NOTHING = "stored", "applied", "known", "nothing"
# Why a person has to see to money, by what it is to an order.
REASONS = {"differs": "order_differs", "late": "order_late", "foreign": "order_foreign"}


def take_telling(session: Session, context: Context, *, event_id: int) -> str:
    """Do what a stored telling asks for and return what became of it: money that was paid becomes a
    payment of its channel with the day on which it left the payer, is laid on the plan or loan of
    its order, and everything follows in the same transaction. What does not fit its order (another
    sum, a closed one, none of ours) lies unmatched, where a person sees it.

    Locks loans and plans first, then order, then telling.
    Idempotent on: the telling, and the channel's number of the payment.
    Source: rules part 1, how a signed plan is kept; quality, I6.
    """
    with transaction(session):
        let_no_batch_of_money_in(session)
        event = session.get_one(ProviderEvent, event_id)
        context = by_channel(context, provider=event.provider)
        news = news_of(event)
        if isinstance(news, RefundNews):
            session.refresh(event, with_for_update=True)
            if event.state == STORED:
                event.state, event.applied_at = (
                    take_refund(session, context, news=news),
                    context.now,
                )
            return event.state
        if news.fate != "paid":
            session.refresh(event, with_for_update=True)
            if event.state == STORED:
                event.state, event.applied_at = NOTHING, context.now
            return event.state
        channel = channel_of(context, provider=event.provider)
        # Of one payment told twice at once the second waits here, also where no order is ours.
        mark = f"{channel.channel}\n{news.channel_ref}"
        line_up(session, context.vault.fingerprint(mark, purpose="paying"))
        _MoneyTold(session, context, channel, news, event).take()
        return event.state


@dataclass
class _MoneyTold:
    """One payment that a channel tells of, on its way in."""

    session: Session
    context: Context
    channel: Payments
    news: News
    event: ProviderEvent

    def take(self) -> None:
        order = self._order()
        end = self._end(order) if order else None
        ends = lock_ends(self.session, destinations=[end] if end else [])
        if order is not None:
            lock_order(self.session, order=order)
        self.session.refresh(self.event, with_for_update=True)
        if self.event.state != STORED:
            return
        payment = self._stored()
        if payment is not None and self.session.get(OrderPayment, payment.id) is not None:
            self._settle(KNOWN, payment)
            return
        kind = self._kind(order)
        is_new = payment is None
        if payment is None:
            payment = self._add(end, kind)
        elif payment.fen != self.news.fen:
            # The same number with another sum: the first stands, and the difference is told.
            self._tell(order, payment, "order.contradicted")
            self._settle(KNOWN, payment)
            return
        self._link(order, payment, kind)
        self._lay(order, payment, kind, end, ends)
        self._settle(APPLIED, payment)
        self._tell(order, payment, f"order.{'paid' if kind == 'answer' else kind}", is_new=is_new)

    def _order(self) -> PaymentOrder | None:
        mine = select(PaymentOrder).where(
            PaymentOrder.number == self.news.order_number,
            PaymentOrder.provider == self.event.provider,
        )
        return self.session.scalars(mine).one_or_none()

    def _end(self, order: PaymentOrder) -> Destination | None:
        """Where money of an order goes now; None where a person has to say."""
        if order.plan_id is None:
            loan = self.session.get_one(Loan, order.loan_id)
            return self._running_on([loan.id]) or Destination("loan", loan.ref)
        plan = self.session.get_one(Plan, order.plan_id)
        if plan.state in TAKES_MONEY:
            return Destination("plan", plan.number)
        # Another plan may run on its loans by now; what was broken still counts its money.
        mine = select(PlanLoan.loan_id).where(PlanLoan.plan_id == plan.id)
        running = self._running_on(self.session.scalars(mine).all())
        if running is None and plan.state == BROKEN:
            return Destination("plan", plan.number)
        return running

    def _running_on(self, loan_ids: Sequence[int]) -> Destination | None:
        """The one plan that runs on these loans; None where none does, or several do."""
        running = (
            select(Plan.number)
            .join(PlanLoan, PlanLoan.plan_id == Plan.id)
            .where(PlanLoan.loan_id.in_(loan_ids), Plan.state.in_(KEPT_PLANS))
            .distinct()
        )
        numbers = self.session.scalars(running).all()
        return Destination("plan", numbers[0]) if len(numbers) == 1 else None

    def _stored(self) -> Payment | None:
        same = select(Payment).where(
            Payment.channel == self.channel.channel, Payment.channel_ref == self.news.channel_ref
        )
        return self.session.scalars(same.with_for_update()).one_or_none()

    def _kind(self, order: PaymentOrder | None) -> str:
        if order is None:
            return "foreign"
        if order.fen != self.news.fen:
            return "differs"
        if order.state == "closed":
            return "late"
        return "again" if order.state == "paid" else "answer"

    def _add(self, end: Destination | None, kind: str) -> Payment:
        row = self._row(end)
        public_id = new_public_id()
        payment = Payment(
            public_id=public_id,
            channel=row.channel,
            channel_ref=row.channel_ref,
            paid_on=row.paid_on,
            arrived_on=row.arrived_on,
            posted_at=self.context.now,
            fen=row.fen,
            loan_ref=row.loan_ref,
            words_enc=sealed_words(self.context.vault, row, public_id),
            key_version=self.context.vault.key_version,
            state="unmatched",
            reason=REASONS.get(kind, "plan_over"),
        )
        self.session.add(payment)
        self.session.flush()
        return payment

    def _row(self, end: Destination | None) -> RepaymentRow:
        """The payment as a line of a file would have it; what it is for stands in its remark, so
        that a person who has to see to it is told.
        """
        day = self._paid_on
        is_plan = end is not None and end.kind == "plan"
        return RepaymentRow(
            channel=self.channel.channel,
            channel_ref=self.news.channel_ref,
            paid_on=day,
            arrived_on=day,
            fen=self.news.fen,
            loan_ref=end.ref if end is not None and not is_plan else "",
            remark=end.ref if end is not None and is_plan else self.news.order_number,
        )

    @property
    def _paid_on(self) -> date:
        """The day on which the money left the payer; a clock that is ahead makes no day to come."""
        at = self.news.paid_at
        return min(beijing_date(at), self.context.today) if at else self.context.today

    def _link(self, order: PaymentOrder | None, payment: Payment, kind: str) -> None:
        paid_at = self.news.paid_at or self.context.now
        self.session.add(
            OrderPayment(
                payment_id=payment.id,
                order_id=order.id if order else None,
                kind=kind,
                paid_at=paid_at,
            )
        )
        if order is not None and kind == "answer":
            order.paid_at = paid_at
            end_order(order, state="paid", at=self.context.now)
        elif order is not None and kind == "differs" and order.state == "waiting":
            end_order(order, state="differs", at=self.context.now)
        self.session.flush()

    def _lay(
        self,
        order: PaymentOrder | None,
        payment: Payment,
        kind: str,
        end: Destination | None,
        ends: Ends,
    ) -> None:
        if order is None or end is None or kind not in ("answer", "again"):
            return
        # A file was first, and somebody's it is already.
        if payment.state != "unmatched":
            return
        most_days = active_policy(self.session)[1].kept.value_date_days
        if is_old(payment.paid_on, today=self.context.today, most_days=most_days):
            payment.reason = "old_value_date"
            return
        reason = MatchReason(BY_ORDER if kind == "answer" else AGAIN, order.number)
        told = {
            "rule": BY_ORDER,
            "reasons": reasons_kept([reason]),
            "actor": self.context.actor.who,
            "at": self.context.now,
        }
        shares = (Share(end, payment.fen),)
        add_matches(self.session, payment=payment, shares=shares, ends=ends, told=told)
        after_money(self.session, self.context, plan_ids=ends.plans.values())

    def _settle(self, state: str, payment: Payment) -> None:
        self.event.state, self.event.applied_at = state, self.context.now
        self.event.payment_id = payment.id
        self.session.flush()

    def _tell(
        self, order: PaymentOrder | None, payment: Payment, action: str, *, is_new: bool = False
    ) -> None:
        audit.record(
            self.session,
            self.context,
            action=action,
            object_kind=KIND if order else "payment",
            object_id=order.public_id if order else payment.public_id,
            after={
                "payment": payment.public_id,
                "fen": self.news.fen,
                "state": payment.state,
                "is_new": is_new,
            },
        )

"""The open points of the wash-sale rule in words: what is asked, the answers, and what each of them does."""

from dataclasses import dataclass

from portfolios.engine.policies import PlanPurchases, SpouseBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """One way to read an open point; `value` is the policy's value as text."""

    value: str
    title: str
    consequence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyQuestion:
    """An open point: the field of WashPolicy, what is asked, and the answers, the default one first."""

    field: str
    title: str
    sentence: str
    answers: tuple[PolicyAnswer, ...]


ON, OFF = "on", "off"
# What an account is called to those who may not see it.
ELSEWHERE = "another account of the household"


def _answer(value: str, title: str, consequence: str) -> PolicyAnswer:
    return PolicyAnswer(value=value, title=title, consequence=consequence)


QUESTIONS: tuple[PolicyQuestion, ...] = (
    PolicyQuestion(
        field="replacement_must_be_held",
        title="Shares bought before the loss",
        sentence="Shares bought in the 30 days before a loss can replace the shares sold.",
        answers=(
            _answer(
                ON,
                "Only while they are still held",
                "A purchase that was sold again before the loss washes nothing. Brokers reckon this way.",
            ),
            _answer(
                OFF,
                "Even when they were sold again",
                "Every purchase of those 30 days counts: more losses are deferred.",
            ),
        ),
    ),
    PolicyQuestion(
        field="same_sale_replacement",
        title="Lots sold in one order",
        sentence="When one order sells several lots, a newer one might replace an older one.",
        answers=(
            _answer(
                OFF,
                "They do not replace each other",
                "Shares that leave together replace nothing (Rev. Rul. 56-602, as most read it).",
            ),
            _answer(
                ON,
                "They may replace each other",
                "Matches brokers that reckon so. The total of the sale stays; its lines and terms differ.",
            ),
        ),
    ),
    PolicyQuestion(
        field="same_purchase_replacement",
        title="The rest of a purchase",
        sentence="When part of a purchase is sold at a loss within 30 days, the rest of it is still held.",
        answers=(
            _answer(
                OFF,
                "The rest replaces nothing",
                "Selling to hold fewer shares is a loss that counts (Rev. Rul. 56-602).",
            ),
            _answer(
                ON,
                "The rest replaces the part sold",
                "The loss moves into the basis of the shares that were kept.",
            ),
        ),
    ),
    PolicyQuestion(
        field="spouse_basis",
        title="Purchases by the spouse",
        sentence="A purchase by the spouse washes the loss (Pub. 550); what becomes of it is not said.",
        answers=(
            _answer(
                SpouseBasis.ADJUST,
                "The spouse’s shares take up the loss",
                "It is deferred: the loss counts when those shares are sold.",
            ),
            _answer(
                SpouseBasis.PERMANENT,
                "The loss is lost for good",
                "No basis takes it up. The careful reading for separate returns.",
            ),
        ),
    ),
    PolicyQuestion(
        field="plan_purchases",
        title="Purchases in a 401(k) or HSA",
        sentence="Rev. Rul. 2008-5 speaks of purchases in an IRA, and of no other plan.",
        answers=(
            _answer(
                PlanPurchases.WARN,
                "They are pointed out",
                "The loss counts, and a question in the data check names the purchase.",
            ),
            _answer(
                PlanPurchases.PERMANENT,
                "They count as in an IRA",
                "The loss is lost for good.",
            ),
        ),
    ),
    PolicyQuestion(
        field="options_replace",
        title="Calls on the shares",
        sentence="A contract or option to buy can replace shares (IRC 1091(a), Reg. 1.1091-1(f)).",
        answers=(
            _answer(
                ON,
                "A call that was bought replaces shares",
                "The loss moves into the basis of the call, share for share.",
            ),
            _answer(OFF, "Only shares replace shares", "Calls are left out: losses count that may not."),
        ),
    ),
    PolicyQuestion(
        field="same_index_identical",
        title="Funds on the same index",
        sentence="Whether funds of two issuers on one index are substantially identical was never ruled on.",
        answers=(
            _answer(
                ON,
                "They are identical",
                "Selling one at a loss and buying the other defers the loss. The careful reading.",
            ),
            _answer(
                OFF,
                "They are not",
                "Only what is named on the page of identical instruments replaces each other.",
            ),
        ),
    ),
    PolicyQuestion(
        field="box_sold_at_entry",
        title="Short sales against the box",
        sentence="Shares sold short while identical ones are held, and closed by delivering those.",
        answers=(
            _answer(
                ON,
                "Sold on the day of the short sale",
                "The window of 61 days lies around that day (Reg. 1.1091-1(g)).",
            ),
            _answer(OFF, "Sold on the day of the delivery", "The window lies around the delivery instead."),
        ),
    ),
)

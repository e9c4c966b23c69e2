"""The open points of the wash-sale rule: each a named policy with the value that holds unless changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class WashMode(StrEnum):
    """Whose view of wash sales the book takes.

    The taxpayer's covers every account of the household and everything substantially identical (IRC 1091).
    The broker's covers one account and one CUSIP: what a Form 1099-B shows (IRC 6045(g)(2)(B)(ii)).
    """

    TAXPAYER = "taxpayer"
    BROKER = "broker"


class SpouseBasis(StrEnum):
    """What becomes of a loss that the other spouse's purchase washes (Pub. 550 says only that it does)."""

    ADJUST = "adjust"
    PERMANENT = "permanent"


class PlanPurchases(StrEnum):
    """Whether a purchase in a 401(k) or HSA replaces shares; Rev. Rul. 2008-5 speaks of IRAs only."""

    WARN = "warn"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True, kw_only=True)
class WashPolicy:
    """How the book reads what no authority settles; docs/tax.md says why each default is what it is.

    - replacement_must_be_held: shares bought in the 30 days before a loss replace only if still held then.
    - same_sale_replacement: lots sold in one order may replace each other (against Rev. Rul. 56-602).
    - same_purchase_replacement: the rest of a purchase may replace the part of it that was sold.
    - spouse_basis: whether shares bought by the other spouse take up the loss, or it is lost.
    - plan_purchases: whether purchases in a 401(k) or HSA count, or are only pointed out.
    - options_replace: whether calls bought replace shares of their underlying (Reg. 1.1091-1(f)).
    - same_index_identical: whether funds of other issuers on one index count as identical.
    - box_sold_at_entry: whether a short sale against the box is dated at its entry (Reg. 1.1091-1(g)).
    - digital_assets_from: the first day on which the rule covers digital assets; None: it does not.
    """

    replacement_must_be_held: bool = True
    same_sale_replacement: bool = False
    same_purchase_replacement: bool = False
    spouse_basis: SpouseBasis = SpouseBasis.ADJUST
    plan_purchases: PlanPurchases = PlanPurchases.WARN
    options_replace: bool = True
    same_index_identical: bool = True
    box_sold_at_entry: bool = True
    digital_assets_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What an instrument counts as under the wash-sale rule.

    Instruments of one `group` are substantially identical. `replaces` names a second group whose shares a
    purchase of this one replaces (a call: its underlying's), `shares_per_unit` of them for each unit.
    """

    group: UUID
    replaces: UUID | None = None
    shares_per_unit: int = 1
    is_digital_asset: bool = False
    is_exempt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRules:
    """The wash-sale rules of a household: mode, policies, and what is identical with what.

    An instrument that `identities` does not name is identical with itself alone.
    """

    mode: WashMode = WashMode.TAXPAYER
    policy: WashPolicy = field(default_factory=WashPolicy)
    identities: Mapping[UUID, Identity] = field(default_factory=lambda: MappingProxyType({}))

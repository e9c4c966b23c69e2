"""The placeOrder request: 115 fields, and the optional blocks that may stand between them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from trading.papergateway.fields import ContractAsk, Fields, names, number
from trading.papergateway.wire import BadField


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """3: an order, or the change of one.

    `fields` holds the order's fields by name, as the client wrote them; `unserved` names what it asks for
    that this gateway would have to ignore.
    """

    order_id: int
    contract: ContractAsk
    is_what_if: bool
    fields: dict[str, str]
    unserved: tuple[str, ...]

    def number(self, name: str) -> Decimal | None:
        """A field of the order as a number; None when it is unset. Raises BadField when it is none."""
        return number(self.fields[name])


# Names of the fields after the contract, as they stand between the places of the optional blocks.
TO_COMBO = names(
    "secIdType secId action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account openClose "
    "origin orderRef transmit parentId blockOrder sweepToFill displaySize triggerMethod outsideRth hidden"
)
TO_DELTA_NEUTRAL = names(
    "sharesAllocation discretionaryAmt goodAfterTime goodTillDate faGroup faMethod faPercentage faProfile "
    "modelCode shortSaleSlot designatedLocation exemptCode ocaType rule80A settlingFirm allOrNone minQty "
    "percentOffset eTradeOnly firmQuoteOnly nbboPriceCap auctionStrategy startingPrice stockRefPrice "
    "delta stockRangeLower stockRangeUpper overridePercentageConstraints volatility volatilityType "
    "deltaNeutralOrderType deltaNeutralAuxPrice"
)
TO_SCALE = names(
    "continuousUpdate referencePriceType trailStopPrice trailingPercent scaleInitLevelSize "
    "scaleSubsLevelSize scalePriceIncrement"
)
TO_HEDGE = names("scaleTable activeStartTime activeStopTime hedgeType")
TO_CONTRACT = names("optOutSmartRouting clearingAccount clearingIntent notHeld")
TO_PEG = names("algoId whatIf orderMiscOptions solicited randomizeSize randomizePrice")
TO_END = names(
    "adjustedOrderType triggerPrice lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice "
    "adjustedTrailingAmount adjustableTrailingUnit extOperator softDollarName softDollarValue cashQty "
    "mifid2DecisionMaker mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo "
    "dontUseAutoPriceForHedge isOmsContainer discretionaryUpToLimitPrice usePriceMgmtAlgo duration "
    "postToAts autoCancelParent advancedErrorOverride manualOrderTime"
)
# Fields of a condition after its own number, by that number: price, time, margin, execution, volume, change.
CONDITION_WIDTHS = {1: 6, 3: 3, 4: 3, 5: 4, 6: 5, 7: 5}
# What would change the meaning of an order, and is not served here: any of these set refuses it.
UNSERVED = names(
    "hidden discretionaryAmt goodAfterTime faGroup faProfile allOrNone minQty percentOffset nbboPriceCap "
    "volatility scalePriceIncrement hedgeType algoStrategy adjustedOrderType cashQty sweepToFill "
    "displaySize activeStartTime activeStopTime modelCode"
)


def read_place_order(fields: Fields) -> PlaceOrder:
    """The order in a request. Raises BadField where the fields do not make one."""
    order_id, contract = fields.integer(), ContractAsk.read(fields)
    found: dict[str, str] = {}
    _take(fields, found, TO_COMBO)
    _skip_combo(fields, contract)
    _take(fields, found, TO_DELTA_NEUTRAL)
    fields.skip(8 if found["deltaNeutralOrderType"] else 0)
    _take(fields, found, TO_SCALE)
    fields.skip(7 if (number(found["scalePriceIncrement"]) or 0) > 0 else 0)
    _take(fields, found, TO_HEDGE)
    fields.skip(1 if found["hedgeType"] else 0)
    _take(fields, found, TO_CONTRACT)
    fields.skip(3 if fields.flag() else 0)
    _take(fields, found, ["algoStrategy"])
    fields.skip(2 * fields.count() if found["algoStrategy"] else 0)
    _take(fields, found, TO_PEG)
    fields.skip(5 if found["orderType"] == "PEG BENCH" else 0)
    conditions = _skip_conditions(fields)
    _take(fields, found, TO_END)
    _skip_tail(fields, found, contract)
    return PlaceOrder(
        order_id=order_id,
        contract=contract,
        is_what_if=found["whatIf"] == "1",
        fields=found,
        unserved=(*_unserved(found), *(["conditions"] if conditions else [])),
    )


def _take(fields: Fields, found: dict[str, str], wanted: Iterable[str]) -> None:
    found.update((name, fields.text()) for name in wanted)


def _skip_combo(fields: Fields, contract: ContractAsk) -> None:
    """The legs of a combination, their prices, and how they are to be routed."""
    if contract.kind == "BAG":
        for width in (8, 1, 2):
            fields.skip(width * fields.count())


def _skip_conditions(fields: Fields) -> int:
    """The conditions of the order, and what holds for all of them: outside hours, cancel when met."""
    many = fields.count()
    for _ in range(many):
        kind = fields.integer()
        if kind not in CONDITION_WIDTHS:
            raise BadField(f"no kind of condition: {kind}")
        fields.skip(CONDITION_WIDTHS[kind])
    fields.skip(2 if many else 0)
    return many


def _skip_tail(fields: Fields, found: dict[str, str], contract: ContractAsk) -> None:
    """What pegged orders and one trading venue add at the end."""
    fields.skip(1 if contract.exchange == "IBKRATS" else 0)
    if found["orderType"] == "PEG BEST":
        fields.skip(1)
        fields.skip(2 if fields.text() == "Infinite" else 0)
    elif found["orderType"] == "PEG MID":
        fields.skip(2)


def _unserved(found: dict[str, str]) -> list[str]:
    return [name for name in UNSERVED if found[name] not in NOTHING]


# How a field says that it asks for nothing; "None" comes from clients that repeat what they were told.
NOTHING = {"", "0", "0.0", "None"}

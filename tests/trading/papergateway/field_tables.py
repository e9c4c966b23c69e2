"""Fields of the long messages by name and place, and a plain order in them (protocol version 176)."""


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


PLACE_ORDER = _names(
    "msgId orderId conId symbol secType lastTradeDateOrContractMonth strike right multiplier exchange "
    "primaryExchange currency localSymbol tradingClass secIdType secId action totalQuantity orderType "
    "lmtPrice auxPrice tif ocaGroup account openClose origin orderRef transmit parentId blockOrder "
    "sweepToFill displaySize triggerMethod outsideRth hidden sharesAllocation discretionaryAmt "
    "goodAfterTime goodTillDate faGroup faMethod faPercentage faProfile modelCode shortSaleSlot "
    "designatedLocation exemptCode ocaType rule80A settlingFirm allOrNone minQty percentOffset eTradeOnly "
    "firmQuoteOnly nbboPriceCap auctionStrategy startingPrice stockRefPrice delta stockRangeLower "
    "stockRangeUpper overridePercentageConstraints volatility volatilityType deltaNeutralOrderType "
    "deltaNeutralAuxPrice continuousUpdate referencePriceType trailStopPrice trailingPercent "
    "scaleInitLevelSize scaleSubsLevelSize scalePriceIncrement scaleTable activeStartTime activeStopTime "
    "hedgeType optOutSmartRouting clearingAccount clearingIntent notHeld dncPresent algoStrategy algoId "
    "whatIf orderMiscOptions solicited randomizeSize randomizePrice nConditions adjustedOrderType "
    "triggerPrice lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice adjustedTrailingAmount "
    "adjustableTrailingUnit extOperator softDollarName softDollarValue cashQty mifid2DecisionMaker "
    "mifid2DecisionAlgo mifid2ExecutionTrader mifid2ExecutionAlgo dontUseAutoPriceForHedge isOmsContainer "
    "discretionaryUpToLimitPrice usePriceMgmtAlgo duration postToAts autoCancelParent "
    "advancedErrorOverride manualOrderTime "
)
OPEN_ORDER = _names(
    "msgId orderId conId symbol secType lastTradeDateOrContractMonth strike right multiplier exchange "
    "currency localSymbol tradingClass action totalQuantity orderType lmtPrice auxPrice tif ocaGroup "
    "account openClose origin orderRef clientId permId outsideRth hidden discretionaryAmt goodAfterTime "
    "sharesAllocation faGroup faMethod faPercentage faProfile modelCode goodTillDate rule80A "
    "percentOffset settlingFirm shortSaleSlot designatedLocation exemptCode auctionStrategy startingPrice "
    "stockRefPrice delta stockRangeLower stockRangeUpper displaySize blockOrder sweepToFill allOrNone "
    "minQty ocaType eTradeOnly firmQuoteOnly nbboPriceCap parentId triggerMethod volatility "
    "volatilityType deltaNeutralOrderType deltaNeutralAuxPrice dnConId dnSettlingFirm dnClearingAccount "
    "dnClearingIntent dnOpenClose dnShortSale dnShortSaleSlot dnDesignatedLocation continuousUpdate "
    "referencePriceType trailStopPrice trailingPercent basisPoints basisPointsType comboLegsDescrip "
    "nComboLegs nOrderComboLegs nSmartComboParams scaleInitLevelSize scaleSubsLevelSize "
    "scalePriceIncrement hedgeType optOutSmartRouting clearingAccount clearingIntent notHeld dncPresent "
    "algoStrategy solicited whatIf status initMarginBefore maintMarginBefore equityWithLoanBefore "
    "initMarginChange maintMarginChange equityWithLoanChange initMarginAfter maintMarginAfter "
    "equityWithLoanAfter commission minCommission maxCommission commissionCurrency warningText "
    "randomizeSize randomizePrice nConditions adjustedOrderType triggerPrice trailStopPrice2 "
    "lmtPriceOffset adjustedStopPrice adjustedStopLimitPrice adjustedTrailingAmount "
    "adjustableTrailingUnit softDollarName softDollarValue softDollarDisplayName cashQty "
    "dontUseAutoPriceForHedge isOmsContainer discretionaryUpToLimitPrice usePriceMgmtAlgo duration "
    "postToAts autoCancelParent minTradeQty minCompeteSize competeAgainstBestOffset midOffsetAtWhole "
    "midOffsetAtHalf "
)
COMPLETED_ORDER = _names(
    "msgId conId symbol secType lastTradeDateOrContractMonth strike right multiplier exchange currency "
    "localSymbol tradingClass action totalQuantity orderType lmtPrice auxPrice tif ocaGroup account "
    "openClose origin orderRef permId outsideRth hidden discretionaryAmt goodAfterTime faGroup faMethod "
    "faPercentage faProfile modelCode goodTillDate rule80A percentOffset settlingFirm shortSaleSlot "
    "designatedLocation exemptCode startingPrice stockRefPrice delta stockRangeLower stockRangeUpper "
    "displaySize sweepToFill allOrNone minQty ocaType triggerMethod volatility volatilityType "
    "deltaNeutralOrderType deltaNeutralAuxPrice dnConId dnShortSale dnShortSaleSlot dnDesignatedLocation "
    "continuousUpdate referencePriceType trailStopPrice trailingPercent comboLegsDescrip nComboLegs "
    "nOrderComboLegs nSmartComboParams scaleInitLevelSize scaleSubsLevelSize scalePriceIncrement "
    "hedgeType clearingAccount clearingIntent notHeld dncPresent algoStrategy solicited status "
    "randomizeSize randomizePrice nConditions trailStopPrice2 lmtPriceOffset cashQty "
    "dontUseAutoPriceForHedge isOmsContainer autoCancelDate filledQuantity refFuturesConId "
    "autoCancelParent shareholder imbalanceOnly routeMarketableToBbo parentPermId completedTime "
    "completedStatus minTradeQty minCompeteSize competeAgainstBestOffset midOffsetAtWhole midOffsetAtHalf "
)
# A limit order for ten shares as the client package sends it; what is not named here is empty.
PLACE_ORDER_SAMPLE = {
    "msgId": "3",
    "orderId": "4",
    "conId": "265598",
    "symbol": "AAPL",
    "secType": "STK",
    "strike": "0.0",
    "exchange": "SMART",
    "primaryExchange": "NASDAQ",
    "currency": "USD",
    "localSymbol": "AAPL",
    "tradingClass": "NMS",
    "action": "BUY",
    "totalQuantity": "10",
    "orderType": "LMT",
    "lmtPrice": "101.5",
    "account": "DU1234567",
    "openClose": "O",
    "origin": "0",
    "orderRef": "wa-1",
    "transmit": "1",
    "parentId": "0",
    "blockOrder": "0",
    "sweepToFill": "0",
    "displaySize": "0",
    "triggerMethod": "0",
    "outsideRth": "0",
    "hidden": "0",
    "discretionaryAmt": "0.0",
    "shortSaleSlot": "0",
    "exemptCode": "-1",
    "ocaType": "0",
    "allOrNone": "0",
    "eTradeOnly": "0",
    "firmQuoteOnly": "0",
    "auctionStrategy": "0",
    "overridePercentageConstraints": "0",
    "continuousUpdate": "0",
    "optOutSmartRouting": "0",
    "notHeld": "0",
    "dncPresent": "0",
    "whatIf": "0",
    "solicited": "0",
    "randomizeSize": "0",
    "randomizePrice": "0",
    "nConditions": "0",
    "adjustableTrailingUnit": "0",
    "dontUseAutoPriceForHedge": "0",
    "isOmsContainer": "0",
    "discretionaryUpToLimitPrice": "0",
    "usePriceMgmtAlgo": "0",
    "autoCancelParent": "0",
}
OPEN_ORDER_SAMPLE = {
    "msgId": "5",
    "orderId": "4",
    "conId": "265598",
    "symbol": "AAPL",
    "secType": "STK",
    "strike": "0.0",
    "right": "?",
    "exchange": "SMART",
    "currency": "USD",
    "localSymbol": "AAPL",
    "tradingClass": "NMS",
    "action": "BUY",
    "totalQuantity": "10.0",
    "orderType": "LMT",
    "lmtPrice": "101.5",
    "tif": "DAY",
    "account": "DU1234567",
    "openClose": "O",
    "origin": "0",
    "orderRef": "wa-1",
    "clientId": "1",
    "permId": "795559394",
    "outsideRth": "0",
    "hidden": "0",
    "discretionaryAmt": "0.0",
    "shortSaleSlot": "0",
    "exemptCode": "-1",
    "auctionStrategy": "0",
    "displaySize": "0",
    "blockOrder": "0",
    "sweepToFill": "0",
    "allOrNone": "0",
    "ocaType": "0",
    "eTradeOnly": "0",
    "firmQuoteOnly": "0",
    "parentId": "0",
    "triggerMethod": "0",
    "volatilityType": "0",
    "deltaNeutralOrderType": "None",
    "dnConId": "0",
    "dnOpenClose": "?",
    "dnShortSale": "0",
    "dnShortSaleSlot": "0",
    "continuousUpdate": "0",
    "referencePriceType": "0",
    "nComboLegs": "0",
    "nOrderComboLegs": "0",
    "nSmartComboParams": "0",
    "optOutSmartRouting": "0",
    "clearingIntent": "IB",
    "notHeld": "0",
    "dncPresent": "0",
    "solicited": "0",
    "whatIf": "0",
    "status": "Submitted",
    "initMarginBefore": "1.7976931348623157E308",
    "maintMarginBefore": "1.7976931348623157E308",
    "equityWithLoanBefore": "1.7976931348623157E308",
    "initMarginChange": "1.7976931348623157E308",
    "maintMarginChange": "1.7976931348623157E308",
    "equityWithLoanChange": "1.7976931348623157E308",
    "initMarginAfter": "1.7976931348623157E308",
    "maintMarginAfter": "1.7976931348623157E308",
    "equityWithLoanAfter": "1.7976931348623157E308",
    "commission": "1.7976931348623157E308",
    "minCommission": "1.7976931348623157E308",
    "maxCommission": "1.7976931348623157E308",
    "randomizeSize": "0",
    "randomizePrice": "0",
    "nConditions": "0",
    "adjustedOrderType": "None",
    "triggerPrice": "1.7976931348623157E308",
    "trailStopPrice2": "1.7976931348623157E308",
    "lmtPriceOffset": "1.7976931348623157E308",
    "adjustedStopPrice": "1.7976931348623157E308",
    "adjustedStopLimitPrice": "1.7976931348623157E308",
    "adjustedTrailingAmount": "1.7976931348623157E308",
    "adjustableTrailingUnit": "0",
    "cashQty": "0.0",
    "dontUseAutoPriceForHedge": "0",
    "isOmsContainer": "0",
    "discretionaryUpToLimitPrice": "0",
    "usePriceMgmtAlgo": "0",
    "duration": "2147483647",
    "postToAts": "2147483647",
    "autoCancelParent": "0",
}
COMPLETED_ORDER_SAMPLE = {
    "msgId": "101",
    "conId": "265598",
    "symbol": "AAPL",
    "secType": "STK",
    "strike": "0.0",
    "right": "?",
    "exchange": "SMART",
    "currency": "USD",
    "localSymbol": "AAPL",
    "tradingClass": "NMS",
    "action": "BUY",
    "totalQuantity": "10.0",
    "orderType": "LMT",
    "lmtPrice": "101.5",
    "tif": "DAY",
    "account": "DU1234567",
    "openClose": "O",
    "origin": "0",
    "orderRef": "wa-1",
    "permId": "795559394",
    "outsideRth": "0",
    "hidden": "0",
    "discretionaryAmt": "0.0",
    "shortSaleSlot": "0",
    "exemptCode": "-1",
    "displaySize": "0",
    "sweepToFill": "0",
    "allOrNone": "0",
    "ocaType": "0",
    "triggerMethod": "0",
    "volatilityType": "0",
    "deltaNeutralOrderType": "None",
    "dnConId": "0",
    "dnShortSale": "0",
    "dnShortSaleSlot": "0",
    "continuousUpdate": "0",
    "referencePriceType": "0",
    "nComboLegs": "0",
    "nOrderComboLegs": "0",
    "nSmartComboParams": "0",
    "clearingIntent": "IB",
    "notHeld": "0",
    "dncPresent": "0",
    "solicited": "0",
    "status": "Submitted",
    "randomizeSize": "0",
    "randomizePrice": "0",
    "nConditions": "0",
    "cashQty": "0.0",
    "dontUseAutoPriceForHedge": "0",
    "isOmsContainer": "0",
    "filledQuantity": "0.0",
    "refFuturesConId": "0",
    "autoCancelParent": "0",
    "imbalanceOnly": "0",
    "routeMarketableToBbo": "0",
    "parentPermId": "0",
    "completedTime": "20261124 17:29:54 US/Eastern",
    "completedStatus": "Cancelled by Trader",
}

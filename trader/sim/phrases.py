"""What simulated headlines say. Slots: {coin} a coin's name, {firm}, {place}, {number} 2 to 89, {quarter} 1 to 4.

Every phrase scores clearly with VADER: 0.3 or more, within ±0.2, or -0.3 and less (a test holds each to it).
"""

from __future__ import annotations

COIN_NAMES = {
    "ADA": "Cardano",
    "AVAX": "AVAX",
    "BNB": "BNB",
    "BTC": "Bitcoin",
    "DOGE": "Dogecoin",
    "DOT": "Polkadot",
    "ETH": "Ethereum",
    "FIL": "Filecoin",
    "LINK": "Chainlink",
    "LTC": "Litecoin",
    "NEAR": "NEAR Protocol",
    "SOL": "Solana",
    "XRP": "XRP",
}

FIRMS = (
    "Alder Bank", "Bluewater Capital", "Corvid Research", "Delphin Custody", "Eastgate Exchange",
    "Fjord Clearinghouse", "Linden Payments", "Halden Brokerage", "Ibex Ventures", "Juniper Desk",
    "Kestrel Funds", "Larkspur Labs", "Meridian Clearing", "Northlight Analytics", "Orchard Mining",
    "Pinecone Markets", "Quillon Advisors", "Redwood Holdings", "Saltmarsh Trading", "Tamarack Group",
    "Umber Partners", "Vantage Nodes", "Westerly Custody", "Yarrow Digital",
)  # fmt: skip

PLACES = (
    "Abu Dhabi", "Amsterdam", "Bangkok", "Berlin", "Buenos Aires", "Cape Town", "Dublin", "Frankfurt",
    "Hong Kong", "Istanbul", "Lagos", "Lisbon", "London", "Mexico City", "Miami", "New York", "Oslo", "Paris",
    "Sao Paulo", "Seoul", "Singapore", "Sydney", "Tokyo", "Toronto", "Vienna", "Zurich",
)  # fmt: skip

POSITIVE = (
    "{coin} gains {number}% in a strong rally as {firm} reports record growth",
    "{firm} turns optimistic on {coin} and praises its impressive growth in {place}",
    "{coin} wins support from {firm} in a great boost for adoption in {place}",
    "Strong demand lifts {coin} as {firm} shares a profitable quarter, up {number}%",
    "{coin} upgrade is a success: fees fall {number}% and users in {place} are happy",
    "{firm} wins approval in {place} for its {coin} fund, investors welcome the good news",
    "Confident buyers push {coin} up {number}%, best week of the year, says {firm}",
    "{coin} network celebrates a breakthrough with {firm}, activity improves {number}%",
    "{place} grants {firm} a licence for {coin} payments, a big win for the community",
    "{firm}: {coin} holders enjoy healthy profits of {number}% this quarter",
    "Excellent results at {firm} lift hopes for {coin} as inflows gain {number}%",
    "{coin} rebounds {number}% on strong inflows and great interest from {place}",
    "Traders in {place} love the new {coin} wallet from {firm}, downloads gain {number}%",
)

NEUTRAL = (
    "{coin} trades sideways as {firm} publishes its figures for quarter {quarter}",
    "{firm} moves {number} million dollars of {coin} between its wallets in {place}",
    "{coin} developers schedule a call with {firm} for week {number}",
    "{firm} to list the {coin} pair in {place} in quarter {quarter}",
    "{coin}: what the {number} day average says, by {firm}",
    "{firm} explains how {coin} mining works, part {number}",
    "{place} office of {firm} names a new head of its {coin} desk",
    "{coin} volume unchanged in {place}, {firm} data of the last {number} hours",
    "{firm} updates its {coin} index, weight now {number}%",
    "A look at the {coin} options calendar with {firm}, week {number}",
)

NEGATIVE = (
    "{coin} slumps {number}% in panic selling after a crash at {firm}",
    "Hackers attack {firm} in {place} and steal {number} million in {coin}, users fear losses",
    "{coin} drops in panic as {place} sues {firm} for fraud over {number} million",
    "{firm} warns of a crisis in {coin} as losses reach {number}%",
    "Fear grips {coin} traders in {place} as {firm} suffers heavy losses",
    "{coin} outage: network failure at {firm} angers users in {place}",
    "{firm} accused of a scam with {coin} in {place}, victims lost {number} million",
    "Weak demand hurts {coin}, down {number}% in its worst week, says {firm}",
    "{place} rejects the {coin} fund of {firm} and warns of a risk of fraud",
    "{coin} miners in trouble: {firm} fails with terrible losses of {number} million",
    "{firm} blames bad {coin} bets for its terrible quarter, shares fall {number}%",
    "Critical {coin} bug puts {number} million in danger, {firm} warns of theft",
    "{coin} falls {number}% as liquidations hurt traders and fears of a crash grow in {place}",
)

GENERAL_POSITIVE = (
    "Crypto markets gain {number}% on strong inflows and optimistic guidance from {firm}",
    "{place} approves friendly crypto rules, {firm} praises a great success",
    "Investors are confident again: crypto funds in {place} enjoy record growth of {number}%",
    "{firm} sees the best crypto quarter since launch, profits improve {number}%",
)

GENERAL_NEUTRAL = (
    "Crypto week ahead: {number} dates to note, from {place} to {firm}",
    "{firm} publishes crypto market data, issue {number}",
    "Conference on digital assets opens in {place} with {number} speakers",
    "{firm} and {place} regulators meet on reporting of crypto holdings, day {quarter}",
)

GENERAL_NEGATIVE = (
    "Crypto markets lose {number}% in a brutal crash as fear spreads from {place}",
    "{firm} collapses in a {number} million fraud, crypto investors fear a crisis",
    "{place} threatens a harsh ban on crypto trading, {firm} warns of losses",
    "Stolen funds and a failure at {firm} hurt crypto, worst day in {number} weeks",
)

SPECIFIC = (NEGATIVE, NEUTRAL, POSITIVE)
GENERAL = (GENERAL_NEGATIVE, GENERAL_NEUTRAL, GENERAL_POSITIVE)

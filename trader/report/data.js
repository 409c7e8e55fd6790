// What the page was given, as chart_data.py made it.

const charts = JSON.parse(document.getElementById("charts").textContent);
const trades = charts.trades;

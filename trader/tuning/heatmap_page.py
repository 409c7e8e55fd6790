"""What stands around the panels of a heat map. Nothing is loaded from anywhere, and no script runs."""

from __future__ import annotations

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Heat map of {objective}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --dim: #777; }}
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem; }}
h1 {{ font-size: 1.4rem; margin: 0 0 .3rem; }}
p {{ margin: .2rem 0; max-width: 60rem; }}
.told {{ border-left: 3px solid #a86a00; padding-left: .7rem; }}
.told:first-of-type {{ font-weight: 600; }}
.told + h1 {{ margin-top: 1.4rem; }}
.dim, th {{ color: var(--dim); }}
.panels {{ display: flex; flex-wrap: wrap; gap: 1.6rem 2.4rem; margin-top: 1.4rem; }}
figure {{ margin: 0; overflow-x: auto; }}
figcaption {{ font-weight: 600; margin-bottom: .4rem; }}
table {{ border-collapse: separate; border-spacing: 2px; font-size: 12px; font-variant-numeric: tabular-nums; }}
th {{ font-weight: 400; text-align: right; padding: 0 .4rem; white-space: nowrap; }}
th[scope=col] {{ text-align: center; }}
td[title] {{ padding: 0; border-radius: 3px; outline: 1px solid var(--line); outline-offset: -1px; }}
td.chosen {{ outline: 2px solid currentColor; outline-offset: -1px; }}
td span {{ display: block; min-width: 3.4rem; height: 2rem; line-height: 2rem; text-align: center;
  border-radius: 3px; }}
.legend {{ display: flex; align-items: center; gap: .6rem; margin: .9rem 0; font-size: 12px; }}
.legend i {{ width: 16rem; height: .8rem; border-radius: 3px; outline: 1px solid var(--line);
  background: linear-gradient(90deg, rgb(215 95 20/.9), rgb(128 128 128/.04), rgb(20 120 190/.9)); }}
label {{ margin-right: 1rem; cursor: pointer; }}
body:has(#best:checked) .mean, body:has(#mean:checked) .best {{ display: none; }}
</style>
{told}
<h1>{objective} of {sets} parameter sets, in sample</h1>
<p>{sets} sets{undefined}. The highest, {score}: {chosen}; its cells are framed. A lone bright cell among pale ones is
more likely luck than a plateau is.</p>
<p class="dim">A cell stands for all sets with its two values, whatever the other keys were. These minutes are the ones
that the choice was made on. What it came to on others, if there was a walk-forward, stands in walk_forward.csv.</p>
<div class="legend"><span>{low}</span><i></i><span>{high}</span><span class="dim">neutral: {neutral}</span></div>
<form><label><input type="radio" name="of" id="mean" checked> mean over the other keys</label><label><input
  type="radio" name="of" id="best"> best over the other keys</label></form>
<div class="panels">
{panels}
</div>
</html>
"""

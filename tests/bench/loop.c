/* One symbol's backtest, written by hand as the fastest plain loop over its bars: what trader.backtest is measured by.

   The same rules as chalicelib/kernel (RSI, sizing, every limit, fees, slippage, stops, day and drawdown halts), fused
   into one pass without a call, an allocation or a division that could be hoisted; tests/parity/test_c_loop.py holds its
   trades and equity to the engine's, bit for bit. What it spends most of its time on are the averages, each of which
   needs the one before it through a multiplication, an addition and, of RSI and ATR, a division. Compiled with EMA_CROSS
   it trades by ema_cross, else by rsi_sentiment. */
#include <math.h>
#include <stdint.h>

enum { DAY_MS = 86400000 };
enum { NONE, BUY, SELL };
enum { FIRST_OWN = 16, SIGNAL = 16, STOP_LOSS = 3, TAKE_PROFIT = 4, TRAILING_STOP = 5, KILL_SWITCH = 6 };
enum { RUNNING, DAILY_LOSS, DRAWDOWN };

typedef struct {
#ifdef EMA_CROSS
    double stop_atr;
#else
    double rsi_buy, rsi_sell;
#endif
    double stop_loss, take_profit, trailing_stop, position_fraction, min_notional, max_notional;
    double daily_loss_limit, max_drawdown, max_exposure;
    double fee_rate, slippage, lot_step;
#ifdef EMA_CROSS
    int64_t fast, slow, atr, cooldown_bars, flatten;
#else
    int64_t rsi_period, cooldown_bars, flatten;
#endif
} Params;

typedef struct {
    int64_t symbol, entry_ms, exit_ms, why;
} Words;

typedef struct {
    double quantity, entry_price, exit_price, entry_fee, exit_fee, pnl, fraction;
} Amounts;

typedef struct {
    double cash, quantity;
    int64_t trades, halt;
} End;

static double round_down(double quantity, double step) {
    if (step <= 0.0) return quantity;
    double count = floor(quantity / step);
    if ((count + 1) * step <= quantity) return (count + 1) * step;
    return count * step <= quantity ? count * step : (count - 1) * step;
}

static double affordable(double quantity, double price, double cash, const Params *params) {
    double cost = quantity * price, fee_rate = params->fee_rate;
    if (cost + cost * fee_rate <= cash) return quantity;
    double cut = round_down((cash > 0.0 ? cash : 0.0) / (price * (1.0 + fee_rate)), params->lot_step);
    while (cut > 0.0 && cut * price + cut * price * fee_rate > cash)
        cut = round_down(cut * (1.0 - 0x1p-52), params->lot_step);
    return cut;
}

static double size(double equity, double cash, double close, const Params *params) {
    double unit = close * (1.0 + params->slippage) * (1.0 + params->fee_rate), other;
    double quantity = params->position_fraction * equity / unit;
    if (params->max_notional > 0.0 && (other = params->max_notional / close) < quantity) quantity = other;
    if ((other = cash / unit) < quantity) quantity = other;
    if (params->max_exposure > 0.0 && (other = params->max_exposure * equity / close) < quantity) quantity = other;
    return round_down(quantity, params->lot_step);
}

/* `equity`, `words` and `amounts` have room for every bar: one trade a bar is the most there can be. */
void run(int64_t bars, const int64_t *restrict times, const double *restrict open, const double *restrict high,
         const double *restrict low, const double *restrict close, const Params *restrict given, double start_cash,
         double *restrict equity, Words *restrict words, Amounts *restrict amounts, End *restrict end) {
    const Params params = *given;
#ifdef EMA_CROSS
    const double fast_weight = 2.0 / (params.fast + 1), slow_weight = 2.0 / (params.slow + 1);
    const double period = (double)params.atr, before = period - 1.0;
#else
    const double period = (double)params.rsi_period, before = period - 1.0;
    const double rsi_buy = params.rsi_buy, rsi_sell = params.rsi_sell;
#endif
    const double buys_at = 1.0 + params.slippage, sells_at = 1.0 - params.slippage;
#ifndef EMA_CROSS
    const double keeps = 1.0 - params.stop_loss;
#endif
    const double trails = 1.0 - params.trailing_stop, takes = 1.0 + params.take_profit;

#ifdef EMA_CROSS
    double last = NAN, fast = 0.0, slow = 0.0, range = 0.0, ordered_stop = 0.0; /* sums until they are defined */
    int below = 0;
#else
    double last = bars ? close[0] : NAN, gain = 0.0, loss = 0.0; /* of the RSI; sums until it is defined */
    int64_t changes = -1;
#endif

    double cash = start_cash, value = start_cash, peak = start_cash, base = start_cash, allowed = INFINITY;
    int64_t day_end = 0, halt = RUNNING, trades = 0;

    double quantity = 0.0, entry_price = 0.0, entry_fee = 0.0, highest = 0.0, fixed = 0.0, stop = 0.0, target = 0.0;
    int64_t entry_ms = 0, stop_why = STOP_LOSS, cooldown = 0;

    const int draws = params.max_drawdown > 0.0;
    int order = NONE;
    double ordered = 0.0;
    int64_t order_why = SIGNAL;

    for (int64_t bar = 0; bar < bars; bar++) {
        const int64_t now = times[bar];
        double exit_price = 0.0;
        int64_t why = 0;
        int entered = 0;

        if (cooldown > 0) cooldown--;
        if (order == BUY) {
            double price = open[bar] * buys_at;
            double bought = affordable(ordered, price, cash, &params);
            if (bought > 0.0) {
                quantity = bought, entry_price = price, entry_fee = bought * price * params.fee_rate, entry_ms = now;
                cash -= bought * price + entry_fee;
                highest = 0.0;
#ifdef EMA_CROSS
                fixed = ordered_stop;
#else
                fixed = params.stop_loss > 0.0 ? price * keeps : 0.0;
#endif
                stop = fixed, stop_why = STOP_LOSS;
                target = params.take_profit > 0.0 ? price * takes : INFINITY;
                entered = 1;
            }
            order = NONE;
        } else if (order == SELL) {
            exit_price = open[bar] * sells_at, why = order_why;
            order = NONE;
        }
        if (quantity > 0.0) {
#ifdef EMA_CROSS
            if (entered && fixed >= entry_price) exit_price = entry_price * sells_at, why = STOP_LOSS;
#endif
            if (!why && (low[bar] <= stop || high[bar] >= target)) {
                if (!entered && open[bar] <= stop) exit_price = open[bar] * sells_at, why = stop_why;
                else if (!entered && open[bar] >= target) exit_price = open[bar], why = TAKE_PROFIT;
                else if (low[bar] <= stop) exit_price = stop * sells_at, why = stop_why;
                else exit_price = target, why = TAKE_PROFIT;
            }
            if (why) {
                double bought_for = quantity * entry_price, sold_for = quantity * exit_price;
                double exit_fee = sold_for * params.fee_rate, pnl = sold_for - bought_for - entry_fee - exit_fee;
                cash += sold_for - exit_fee;
                words[trades] = (Words){0, entry_ms, now, why};
                amounts[trades] =
                    (Amounts){quantity, entry_price, exit_price, entry_fee, exit_fee, pnl, pnl / bought_for};
                trades++;
                quantity = 0.0;
                cooldown = params.cooldown_bars;
            } else if (high[bar] > highest) {
                highest = high[bar];
                if (params.trailing_stop > 0.0 && highest * trails > fixed)
                    stop = highest * trails, stop_why = TRAILING_STOP;
            }
        }

        if (now >= day_end) {
            day_end = (now / DAY_MS + 1) * DAY_MS;
            base = value;
            allowed = params.daily_loss_limit > 0.0 ? params.daily_loss_limit * base : INFINITY;
            if (halt == DAILY_LOSS) halt = RUNNING;
        }
        value = quantity > 0.0 ? cash + quantity * close[bar] : cash;
        if (value > peak) peak = value;
        if (draws && (peak > 0.0 ? (peak - value) / peak : 0.0) >= params.max_drawdown) halt = DRAWDOWN;
        else if (base - value >= allowed && halt == RUNNING) halt = DAILY_LOSS;
        equity[bar] = value;

#ifdef EMA_CROSS
        const double price = close[bar];
        const int64_t seen = bar + 1;
        if (seen > params.fast) fast = fast + (price - fast) * fast_weight;
        else if (seen == params.fast) fast = (fast + price) / params.fast;
        else fast += price;
        if (seen > params.slow) slow = slow + (price - slow) * slow_weight;
        else if (seen == params.slow) slow = (slow + price) / params.slow;
        else slow += price;
        if (bar > 0) {
            double true_range = (high[bar] > last ? high[bar] : last) - (low[bar] < last ? low[bar] : last);
            if (bar > params.atr) range = (range * before + true_range) / period;
            else if (bar == params.atr) range = (range + true_range) / period;
            else range += true_range;
        }
        last = price;
        const int defined = seen >= params.slow;
        const int crossed = below && fast > slow;
        below = defined && fast < slow;
#else
        changes++;
        double change = close[bar] - last;
        double up = change > 0.0 ? change : 0.0, down = change < 0.0 ? -change : 0.0;
        last = close[bar];
        if (changes > params.rsi_period) gain = (gain * before + up) / period, loss = (loss * before + down) / period;
        else if (changes == params.rsi_period) gain = (gain + up) / period, loss = (loss + down) / period;
        else gain += up, loss += down;

#endif
        if (halt != RUNNING) {
            if (params.flatten && quantity > 0.0) order = SELL, order_why = KILL_SWITCH;
#ifdef EMA_CROSS
        } else if (defined && bar >= params.atr) {
            const double level = price - params.stop_atr * range;
            if (level <= 0.0) continue;
            if (quantity > 0.0) {
                if (fast < slow) order = SELL, order_why = FIRST_OWN + 1;
            } else if (crossed && cooldown == 0 && cash > 0.0) {
                double wanted = size(value, cash, price, &params);
                if (wanted > 0.0 && wanted * price >= params.min_notional)
                    order = BUY, ordered = wanted, ordered_stop = level;
            }
        }
        if (quantity > 0.0 && defined && bar >= params.atr && fast >= slow) {
            const double level = price - params.stop_atr * range;
            if (level > fixed) {
                fixed = level;
                if (params.trailing_stop <= 0.0 || fixed >= highest * trails) stop = fixed, stop_why = STOP_LOSS;
            }
        }
#else
        } else if (changes >= params.rsi_period) {
            double both = gain + loss, rsi = both == 0.0 ? 50.0 : 100.0 * (gain / both);
            if (quantity > 0.0) {
                if (rsi > rsi_sell) order = SELL, order_why = SIGNAL;
            } else if (rsi < rsi_buy && cooldown == 0 && cash > 0.0) {
                double wanted = size(value, cash, close[bar], &params);
                if (wanted > 0.0 && wanted * close[bar] >= params.min_notional) order = BUY, ordered = wanted;
            }
        }
#endif
    }
    *end = (End){cash, quantity, trades, halt};
}

/** A seed's own weather: now and then a special one; else changes land by push or by pull request, with rules or without. */
import { drawPulls, pullSettings } from "./landing.ts";
import { Random } from "./random.ts";
import { dealt } from "./specials/deck.ts";
import { specialWeather } from "./specials.ts";
import { drawSpending, spendSettings } from "./spending.ts";
import { drawWeather, type Weather } from "./weather.ts";

/** Of the seeds without a special: a fifth of all, since they take half as long again. */
const PULLS_SHARE = 0.28;
/** Of those that push: with rules of their own in any weather. */
const RULED_SHARE = 0.05;

export function weatherOf(seed: number): Weather {
  const drawn = drawWeather(new Random(seed, "weather"));
  const name = dealt(seed);
  if (name !== null) return specialWeather(drawn, name);
  const landing = new Random(seed, "landing");
  const byPull = landing.chance(PULLS_SHARE);
  const ruled = !byPull && new Random(seed, "ruled").chance(RULED_SHARE);
  return withSpending(byPull ? byPullRequest(drawn, landing) : { ...drawn, ruled }, seed);
}

function withSpending(drawn: Weather, seed: number): Weather {
  const random = new Random(seed, "spending");
  const spending = drawSpending(random);
  return { ...drawn, spending, settings: { ...drawn.settings, ...spendSettings(random, spending) } };
}

function byPullRequest(drawn: Weather, random: Random): Weather {
  const pulls = drawPulls(random, drawn.forge);
  return {
    ...drawn,
    ciOf: "actions",
    pulls,
    settings: { ...drawn.settings, ...pullSettings(random, pulls) },
  };
}

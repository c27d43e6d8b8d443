// What is to be drawn, from the page's address: when, how much, and which values variables have.

const given = new URLSearchParams(location.search);
const SCRAPE_SECONDS = 30;

export const prometheus = given.get('prometheus');
export const end = Number(given.get('end'));
export const range = Number(given.get('hours')) * 3600;
export const start = end - range;
export const services = given.get('services').split(',');
export const folded = given.get('folded') === 'yes';
export const chosen = JSON.parse(given.get('variables') ?? '{}');

// As Grafana does: no more points than asked for, no step shorter than a scrape.
export function stepOf(panel) {
  const wanted = range / (panel.maxDataPoints ?? 400);
  return Math.max(SCRAPE_SECONDS, Math.ceil(wanted / SCRAPE_SECONDS) * SCRAPE_SECONDS);
}

// A text of a panel with its variables filled in; one that nobody chose lets everything through.
export function interpolate(text, variables, step) {
  const known = {
    __range: `${range}s`,
    __interval: `${step}s`,
    __rate_interval: `${Math.max(step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)}s`,
    ...chosen,
    ...variables,
  };
  return text.replace(/\$\{?(\w+)(?::\w+)?\}?/g, (_, name) => known[name] ?? '.+');
}

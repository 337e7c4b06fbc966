/** What was asked for before the app was there to ask, by its address. */
const asked = new Map<string, { answer: Promise<Response>; time: number }>();

/** An answer that nobody has wanted for so long is no longer news, in milliseconds. */
const FRESH = 10_000;

/** Asks the API for something that the app is going to ask for. */
export function askAhead(path: string) {
  // Its body is read here, whoever wants it: one that nobody reads stays under way.
  const answer = fetch(path).then(async (response) => new Response(await response.blob(), response));
  const { href } = new URL(path, location.origin);
  asked.set(href, { answer, time: performance.now() });
  // What was refused may be granted by the time that it is wanted: somebody signs in.
  answer.then(
    ({ ok }) => ok || asked.delete(href),
    () => asked.delete(href),
  );
}

/** Forgets what was asked for by somebody else. */
export const forgetAhead = () => asked.clear();

/** The answer to what was asked for ahead, once. */
export function askedAhead({ method, url }: Request): Promise<Response> | undefined {
  const found = method === "GET" ? asked.get(url) : undefined;
  asked.delete(url);
  return found && performance.now() - found.time < FRESH ? found.answer : undefined;
}

/** Fields as every forge writes them. What does not hold here is no answer: it is an unread one, and is asked for again. */
import * as z from "../zod.ts";

/** Database ids arrive as numbers, and may one day pass what a number holds. */
export const id = z.pipe(z.union([z.int(), z.bigint(), z.string().check(z.minLength(1))]), z.transform(String));
export const number = z.int().check(z.positive());
/** A name by which something is asked for again: an empty one names nothing. */
export const word = z.string().check(z.minLength(1));
/** Times are compared; one that cannot be read as a time would lie before and after nothing. */
export const time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)), "not a time"));
export const sha = z.string().check(z.regex(/^[0-9a-f]{4,64}$/i));
export const text = z.pipe(
  z.nullish(z.string()),
  z.transform((value) => value ?? ""),
);
/** A list that is written as null where there is nothing in it. Made once a list: it costs as much as reading by it. */
export const listOf = <T>(entry: z.core.$ZodType<T>): z.core.$ZodType<T[]> =>
  z.pipe(
    z.nullable(z.array(entry)),
    z.transform((list) => list ?? []),
  );
export const state = z.enum(["open", "closed"]);
/** Links are shown to people and handed to agents: a page, and nothing that runs. */
export const url = z.url({ protocol: /^https?$/ });

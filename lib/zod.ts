/** Zod's small build, whose schemas are functions that a bundle leaves out unless called, with its words in English. */
import { config } from "zod/mini";
import en from "zod/v4/locales/en.js";

export * from "zod/mini";

config(en());

import { describe } from "vitest";
import { fileContract } from "../../contracts/file-contract.ts";
import { answering, stage } from "./stage.ts";

describe("a file of a branch", () => {
  fileContract({ stage, answering, noBranch: "branch does not exist" });
});

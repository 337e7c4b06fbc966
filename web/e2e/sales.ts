import { expect } from "vitest";
import type { Api } from "./suite";

export interface Json {
  id: string;
  [name: string]: unknown;
}

/** What a person of sales does beside the browser under test. */
export class Sales {
  constructor(readonly api: Api) {}

  private async made(path: string, body: object): Promise<Json> {
    return (await this.api.post(path, body)) as Json;
  }

  account = (name: string) => this.made("/v1/accounts", { name });
  /** Makes an account and waits until new leads are compared with it. */
  async knownAccount(name: string): Promise<Json> {
    const account = await this.account(name);
    await expect.poll(async () => ((await this.api.post("/v1/leads:findDuplicates", { lead: { company: name } })).duplicates as object[] | undefined)?.length ?? 0, { timeout: 30_000 }).toBeGreaterThan(0);
    return account;
  }

  lead = (lead: object) => this.made("/v1/leads", lead);
  deal = (deal: object) => this.made("/v1/opportunities", { currency: "CNY", ...deal });
  read = async (kind: "leads" | "opportunities", id: unknown) => (await this.api.get(`/v1/${kind}/${String(id)}`)) as Json;

  /** The names of the open stages of the first pipeline, by their ids. */
  async stages(): Promise<Map<string, string>> {
    const { pipelines } = (await this.api.get("/v1/pipelines?order_by=position")) as { pipelines: { stages: { id: string; name: string }[] }[] };
    return new Map(pipelines[0]?.stages.map(({ id, name }) => [id, name]));
  }

  /** The name of the stage in which a deal is. */
  async stageOf(id: string): Promise<string> {
    const deal = await this.read("opportunities", id);
    return (await this.stages()).get(String(deal.stage_id)) ?? "";
  }
}

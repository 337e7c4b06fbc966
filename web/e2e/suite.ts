import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const DEADLINE = 60_000;
/** What everybody signs in with after the forced change. */
export const PASSWORD = "correct horse battery staple";

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address ? address.port : 0;
}

function executable(): string {
  const path = process.env.CRM_BINARY ?? fileURLToPath(new URL("../../target/debug/crm", import.meta.url));
  if (!existsSync(path)) throw new Error(`build ${path} first: cargo build --package crm`);
  return path;
}

/** What a browser needs to be somebody's. */
interface Session {
  cookie: string;
  id: string;
}

/** A running suite with its own, empty data. */
export class Suite {
  url = "";
  private output = "";
  private process: ChildProcess | undefined;
  private directory = "";
  private settings: Record<string, string> = {};
  private readonly sessions = new Map<string, Promise<Session>>();

  /** Starts a suite; with `demo`, one that has a company with so many customers, of which `grow` may make more. */
  static async start({ demo = 0, grow }: { demo?: number; grow?: (directory: string) => Promise<void> } = {}): Promise<Suite> {
    const suite = new Suite();
    suite.directory = await mkdtemp(join(tmpdir(), "crm-web-"));
    const [gateway, grpc, admin] = await Promise.all([freePort(), freePort(), freePort()]);
    suite.url = `http://127.0.0.1:${gateway}`;
    suite.settings = {
      CRM__SERVER__GATEWAY_ADDRESS: `127.0.0.1:${gateway}`,
      CRM__SERVER__GRPC_ADDRESS: `127.0.0.1:${grpc}`,
      CRM__SERVER__ADMIN_ADDRESS: `127.0.0.1:${admin}`,
      CRM__SERVER__PUBLIC_URL: suite.url,
      CRM__SERVER__DEVELOPMENT: "true",
      CRM__SERVER__DRAIN_SECONDS: "0",
      CRM__LIMITS__PER_CALLER__BURST: "1000000",
      CRM__LIMITS__PER_ADDRESS__BURST: "1000000",
      CRM__SECURITY__SIGN_IN_PER_ADDRESS__BURST: "1000000",
      CRM__SECURITY__SIGN_IN_PER_ACCOUNT__BURST: "1000000",
    };
    if (demo > 0) {
      const [code] = (await once(suite.run("demo", "--count", String(demo)), "exit")) as [number];
      if (code !== 0) throw new Error(suite.output);
      await grow?.(suite.directory);
    }
    suite.process = suite.run("serve");
    await suite.until(() => fetch(`http://127.0.0.1:${admin}/readyz`).then((answer) => answer.ok, () => false));
    return suite;
  }

  private run(...parameters: string[]): ChildProcess {
    const child = spawn(executable(), parameters, { cwd: this.directory, env: { ...process.env, ...this.settings } });
    const listen = (chunk: Buffer) => (this.output += chunk.toString());
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    return child;
  }

  private async until(holds: () => Promise<boolean>) {
    for (const start = Date.now(); Date.now() - start < DEADLINE; await pause(50)) {
      if (await holds()) return;
      if (this.process?.exitCode !== null) break;
    }
    throw new Error(`the suite did not get ready:\n${this.output}`);
  }

  /** The address and the password that the first start printed. */
  firstSignIn(): { email: string; password: string } {
    const [, email = ""] = /Sign in as: (\S+)/.exec(this.output) ?? [];
    const [, password = ""] = /Password: (\S+)/.exec(this.output) ?? [];
    return { email, password };
  }

  /** How much was printed so far. */
  get printed(): number {
    return this.output.length;
  }

  /** The link that would have been mailed after something, once there is one that fits. */
  async mailedLink(path: string, after: number): Promise<string> {
    const links = () => [...this.output.slice(after).matchAll(/link="([^"]+)"/g)].map((match) => match[1] ?? "").filter((link) => link.includes(path));
    await this.until(() => Promise.resolve(links().length > 0));
    return links().at(-1) ?? "";
  }

  /** Calls as the first administrator, whose password is changed by the first call. */
  async administrator(): Promise<Api> {
    const { email, password } = this.firstSignIn();
    const api = new Api(this.url);
    if (!(await api.signIn(email, PASSWORD))) {
      await api.signIn(email, password);
      await api.post("/v1/me/password", { current_password: password, new_password: PASSWORD });
    }
    return api;
  }

  /** A session of somebody, the same for everybody who asks. */
  session(email: string): Promise<Session> {
    const known = this.sessions.get(email) ?? this.newSession(email);
    this.sessions.set(email, known);
    return known;
  }

  private async newSession(email: string): Promise<Session> {
    const api = new Api(this.url);
    if (!(await api.signIn(email, PASSWORD))) throw new Error(`${email} cannot sign in`);
    const { user } = (await api.get("/v1/me")) as { user: { id: string } };
    return { cookie: api.cookie, id: user.id };
  }

  async stop() {
    if (this.process && this.process.exitCode === null) {
      this.process.kill();
      await once(this.process, "exit");
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}

type Json = Record<string, unknown>;

/** What a person does beside the browser under test: the same API, without the pages. */
export class Api {
  /** What says who calls. */
  cookie = "";
  constructor(private readonly url: string) {}

  async signIn(email: string, password: string): Promise<boolean> {
    const answer = await this.send("POST", "/v1/sessions", { email, password });
    this.cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
    return answer.ok;
  }

  private send(method: string, path: string, body?: object): Promise<Response> {
    const headers = { "content-type": "application/json", cookie: this.cookie };
    return fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
  }

  private async json(method: string, path: string, body?: object): Promise<Json> {
    const answer = await this.send(method, path, body);
    const json = (await answer.json()) as Json;
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
    return json;
  }

  get = (path: string) => this.json("GET", path);
  post = (path: string, body: object) => this.json("POST", path, body);
  patch = (path: string, body: object) => this.json("PATCH", path, body);

  /** The id of a role. */
  async role(name: string): Promise<string> {
    const { roles } = (await this.get("/v1/roles?page_size=200")) as { roles: { id: string; name: string }[] };
    return roles.find((role) => role.name === name)?.id ?? "";
  }

  /** Makes a user who can sign in. */
  async user(suite: Suite, email: string, role: string, more: Json = {}): Promise<Json> {
    const before = suite.printed;
    const user = await this.post("/v1/users", { email, display_name: email.split("@")[0], role_ids: [await this.role(role)], language: "en", ...more });
    const token = new URL(await suite.mailedLink("/activate", before)).searchParams.get("token");
    await this.post("/v1/users:activate", { token, password: PASSWORD });
    return user;
  }
}

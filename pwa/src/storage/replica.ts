/**
 * A replica: everything that one person's device holds, reads, says and has not sent yet.
 *
 * What is saved is on the disk before `save` resolves, and what is sealed before its first byte is sent (SPEC L5). All rows
 * lie in memory; a step changes them at once and is then written as one entry. If that fails, everything is read anew from
 * the disk: what could not be written was never there.
 */

import type { Hex } from "../protocol/bytes.ts";
import { hex } from "../protocol/bytes.ts";
import { type OpenedSet, openSet, type SetBytes } from "../protocol/envelope.ts";
import { ID16, keyId, nextTag, TAG_BYTES } from "../protocol/ids.ts";
import { sign } from "../protocol/keys.ts";
import { type Committed, Ledger } from "../protocol/ledger.ts";
import { emptyState, type RecordState } from "../protocol/merge.ts";
import { CERTIFY } from "../protocol/operations.ts";
import { type Deployment, deploymentCodec } from "./deployment.ts";
import { type Draft, type PendingSave, roleOf, saveCodec, type Target } from "./drafts.ts";
import { HubTables } from "./hub-tables.ts";
import type { Journal } from "./journal.ts";
import { Overlay, waitingToCount } from "./overlay.ts";
import { type Line, lineOf } from "./own-logs.ts";
import { People } from "./people.ts";
import { PhoneError } from "./phone.ts";
import { copied, ReplicaStore } from "./replica-store.ts";
import { type Allowing, type Author, compose, plan, type Spot, spotIn } from "./sealing.ts";
import { json, type Row, type Table, Tables } from "./tables.ts";

const DEPLOYMENT = "deployment";
const SALT_BYTES = 16;

/** Who signs here. */
export interface Signer {
  readonly publicKey: Uint8Array;
  readonly signing: CryptoKey;
}

/** The time and chance that a replica needs. */
export interface Chance {
  now(): number;
  random(size: number): Uint8Array;
}

/** What is to be saved in one scope with one press of "save". */
export interface Part {
  readonly scope: Hex;
  readonly drafts: readonly Draft[];
  readonly form: Hex;
  /** A field of the form is marked personal, so its values get a salt. */
  readonly personal: boolean;
}

/** A tag to begin with: far enough from the end that no opening counts up to it. */
export function drawnTag({ random }: Chance): Hex {
  const drawn = random(TAG_BYTES);
  return hex(drawn.with(0, (drawn[0] as number) & 0x7f));
}

/** The rows of a new replica. */
export function firstRows(deployment: Deployment): Row[] {
  const tables = new Tables();
  tables.table("m", deploymentCodec).put(DEPLOYMENT, deployment);
  return tables.drain();
}

export class Replica {
  readonly key: Hex;
  readonly publicKey: Uint8Array;
  readonly chance: Chance;
  /** The sets in the request that is being sent right now. */
  underWay: ReadonlySet<Hex> = new Set();
  deployment!: Deployment;
  store!: ReplicaStore;
  hub!: HubTables;
  ledger!: Ledger;
  people!: People;
  /** Called when something was changed and is on the disk. */
  changed: () => void = () => undefined;
  /** Counts the steps that changed sets, verdicts or saves: whoever computed something knows whether it is out of date. */
  steps = 0;

  readonly #journal: Journal;
  readonly #signing: CryptoKey;
  readonly #opening: Hex;
  readonly #tags = new Map<Hex, Hex>();
  #tables!: Tables;
  #saves!: Table<PendingSave>;
  #forms!: Table<Hex>;
  #entered!: Table<unknown>;
  #lines = new Map<string, Line>();
  #overlays = new Map<Hex, Overlay>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(journal: Journal, signer: Signer, chance: Chance) {
    this.#journal = journal;
    this.#signing = signer.signing;
    this.publicKey = signer.publicKey;
    this.key = keyId(signer.publicKey);
    this.chance = chance;
    this.#opening = hex(chance.random(ID16));
  }

  /**
   * Open a replica.
   *
   * @throws PhoneError `damaged`, `storage`.
   */
  static async open(journal: Journal, signer: Signer, chance: Chance): Promise<Replica> {
    const replica = new Replica(journal, signer, chance);
    replica.#load(await journal.read());
    if (journal.isLoose) await journal.fold(replica.#tables.all());
    return replica;
  }

  /** A replica with the same rows of which nothing is kept. */
  copy(journal: Journal): Replica {
    const signer = { publicKey: this.publicKey, signing: this.#signing };
    const replica = new Replica(journal, signer, this.chance);
    replica.#load(this.rows());
    return replica;
  }

  #load(rows: readonly Row[]): void {
    this.#tables = new Tables();
    const meta = this.#tables.table("m", deploymentCodec);
    this.store = new ReplicaStore(this.#tables);
    this.hub = new HubTables(this.#tables);
    this.#saves = this.#tables.table("w", saveCodec);
    this.#forms = this.#tables.table("f", json<Hex>());
    this.#entered = this.#tables.table("d", json<unknown>());
    this.#tables.load(rows);
    const deployment = meta.get(DEPLOYMENT);
    if (deployment === undefined) throw new PhoneError("damaged", "no deployment");
    this.deployment = deployment;
    this.store.load();
    this.ledger = new Ledger(deployment.genesis, this.store);
    this.#forgetStandings();
    this.steps += 1;
  }

  #forgetStandings(): void {
    this.people = new People(this.ledger);
    this.#lines = new Map();
    this.#overlays = new Map();
  }

  // ------------------------------------------------------------------------------------------------------- steps

  /** Do something that takes several steps while nobody else begins such a thing. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /**
   * One durable step: `work` changes rows at once, and all that is changed is written.
   *
   * @throws PhoneError `storage-full`, `storage`: nothing was written, and memory is as the disk is.
   */
  async writing<T>(work: () => T): Promise<T> {
    try {
      const done = work();
      this.steps += 1;
      const rows = this.#tables.drain();
      if (rows.length > 0) await this.#journal.write(rows);
      this.changed();
      return done;
    } catch (error) {
      this.#load(await this.#journal.read());
      this.changed();
      throw error;
    }
  }

  /** All rows, as they are kept. */
  rows(): Row[] {
    return [...this.#tables.all()];
  }

  /** Drop from the disk what is out of date, if that is much. */
  async tidy(): Promise<void> {
    if (this.#journal.isLoose) await this.#journal.fold(this.#tables.all());
  }

  // -------------------------------------------------------------------------------------------------------- read

  /** The end of the log of this key in a scope. */
  line(scope: Hex): Line {
    return listed(this.#lines, scope, () => lineOf(this.ledger, this.key, scope));
  }

  /** What lies on top of the merged records of a scope. */
  overlay(scope: Hex): Overlay {
    return listed(this.#overlays, scope, () => {
      const waiting = waitingToCount(this.ledger, this.key, scope);
      return new Overlay(this.ledger, scope, waiting, this.#plan(scope), this.line(scope));
    });
  }

  /** The state of a record as this person sees it, not to be changed; undefined if there is none. */
  seen(scope: Hex, id: Hex): RecordState | undefined {
    return this.overlay(scope).states.get(id) ?? this.store.record(scope, id);
  }

  /** The state of a record as this person sees it; an empty one if there is none. It is the caller's own. */
  state(scope: Hex, id: Hex): RecordState {
    const state = this.seen(scope, id);
    return state === undefined ? emptyState() : copied(state);
  }

  /** The ids of the records of a scope. */
  recordIds(scope: Hex): Set<Hex> {
    return new Set([...this.store.recordIds(scope), ...this.overlay(scope).states.keys()]);
  }

  /** The scopes in which anything is held or saved. */
  scopes(): Hex[] {
    return [...new Set([...this.store.scopes(), ...this.pendingScopes()])].sort();
  }

  /** The form with which an event (a record with a random id) was first saved. */
  formOf(scope: Hex, id: Hex): Hex | undefined {
    return this.#forms.get(`${scope}.${id}`);
  }

  /** A held set, opened. */
  opened(setId: Hex): OpenedSet {
    return openSet(this.store.parts(setId) as SetBytes);
  }

  /** What was entered into forms and not saved, by report. */
  get entered(): Table<unknown> {
    return this.#entered;
  }

  /** Keep what is entered into a form; null if nothing is any more. */
  async keep(report: Hex, entered: unknown): Promise<void> {
    const isThere = this.#entered.has(report);
    if (entered === null && !isThere) return;
    if (entered === null) this.#entered.delete(report);
    else this.#entered.put(report, entered);
    // Lists say whether there is a draft, not what it holds.
    if (isThere === (entered !== null)) await this.#journal.write(this.#tables.drain());
    else await this.writing(() => undefined);
  }

  // -------------------------------------------------------------------------------------------------------- save

  /** The saves of a scope that are not sealed, oldest first. */
  pending(scope: Hex): PendingSave[] {
    return this.#saves.values().filter((save) => save.scope === scope);
  }

  /** A save that is not sealed, by its tag. */
  pendingSave(scope: Hex, tag: Hex): PendingSave | undefined {
    return this.#saves.get(`${scope}.${tag}`);
  }

  pendingScopes(): Hex[] {
    return [...new Set(this.#saves.values().map(({ scope }) => scope))].sort();
  }

  /** How many saves are not sealed. */
  get pendingCount(): number {
    return this.#saves.size;
  }

  /**
   * Make what a form states durable, in all its scopes with one stroke; the saves of each part.
   *
   * @throws PhoneError `nothing-to-save`, `invalid-save`, `storage-full`, `storage`: and nothing was saved.
   */
  async save(parts: readonly Part[], also: () => void = () => undefined): Promise<PendingSave[][]> {
    const made = parts.map(({ scope, drafts, form, personal }) => {
      const blank = {
        scope,
        tag: this.#nextTag(scope),
        opening: this.#opening,
        form,
        time: this.chance.now(),
        salt: personal ? this.chance.random(SALT_BYTES) : null,
        acting: null,
        drafts: [],
        identities: [],
        size: 0,
      };
      const saves = compose(blank, drafts, this.#allowing(scope), this.key);
      this.#tags.set(scope, nextTag((saves.at(-1) as PendingSave).tag, 1));
      return saves;
    });
    await this.writing(() => {
      for (const save of made.flat()) {
        this.#saves.put(`${save.scope}.${save.tag}`, save);
        this.#overlays.delete(save.scope);
        for (const { record } of save.drafts) this.#noteForm(save.scope, record, save.form);
      }
      also();
    });
    return made;
  }

  /** The tag of the next save: drawn at random at each opening, counted up from there (SPEC B4). */
  #nextTag(scope: Hex): Hex {
    return listed(this.#tags, scope, () => {
      return drawnTag(this.chance);
    });
  }

  #noteForm(scope: Hex, record: Draft["record"], form: Hex): void {
    const name = `${scope}.${record}`;
    if (typeof record === "string" && form !== "" && !this.#forms.has(name)) this.#forms.put(name, form);
  }

  // -------------------------------------------------------------------------------------------------------- seal

  /**
   * Seal and sign everything that is saved: durable when this resolves, to be sent from then on. How many sets.
   *
   * @throws PhoneError `storage-full`, `storage`: nothing was sealed, nothing is lost.
   */
  seal(): Promise<number> {
    return this.inTurn(async () => {
      let sealed = 0;
      for (const scope of this.pendingScopes()) {
        const names = this.pending(scope).map(({ tag }) => `${scope}.${tag}`);
        const sets = await Promise.all(this.#plan(scope).map((opened) => this.#signed(opened)));
        await this.writing(() => {
          this.hold(sets);
          for (const name of names) this.#saves.delete(name);
          this.#overlays.delete(scope);
        });
        sealed += sets.length;
      }
      return sealed;
    });
  }

  async #signed(opened: OpenedSet): Promise<OpenedSet> {
    const signature = await sign(this.#signing, opened.signed);
    return { ...opened, parts: { ...opened.parts, signature } };
  }

  /** Sign something that is not a set. */
  sign(data: Uint8Array): Promise<Uint8Array> {
    return sign(this.#signing, data);
  }

  /** The key that signs. */
  get signing(): CryptoKey {
    return this.#signing;
  }

  /**
   * Commit sets whose signatures are right, inside `writing`; pending saves that they hold are dropped.
   *
   * A restored phone gets back what it had sealed after its backup: sealing the same saves again would be harmless, not
   * doing so is better.
   */
  hold(sets: readonly OpenedSet[]): Committed[] {
    const committed = this.ledger.commit(sets);
    let authority = false;
    for (const [at, opened] of sets.entries()) {
      if (!committed[at]?.fresh) continue;
      const { scope, key, acting } = opened.header;
      authority ||= acting !== null;
      this.#overlays.delete(scope);
      const { operations, saveOf, forms } = opened.body;
      if (acting === null) {
        for (const [index, { record }] of operations.entries()) {
          this.#noteForm(scope, record, forms[saveOf[index] as number] ?? "");
        }
      }
      if (key !== this.key) continue;
      this.#lines.delete(scope);
      this.#dropHeld(opened);
    }
    if (authority) this.#forgetStandings();
    return committed;
  }

  #dropHeld({ header, identities }: OpenedSet): void {
    const held = new Set(identities);
    for (const save of this.pending(header.scope)) {
      if (save.identities.every((each) => held.has(each))) this.#saves.delete(`${save.scope}.${save.tag}`);
    }
  }

  /** The pending saves of a scope, laid out as the next sets of the own log. */
  #plan(scope: Hex): OpenedSet[] {
    const pending = this.pending(scope);
    return pending.length === 0 ? [] : plan(scope, pending, this.line(scope).end, this.#author(scope));
  }

  #author(scope: Hex): Author {
    const { positions } = this.line(scope);
    return {
      key: this.key,
      allowing: this.#allowing(scope),
      placeOf: (target) => this.placeOf(scope, target),
      positionOf: (set16) => positions.get(set16),
    };
  }

  #allowing(scope: Hex): Allowing {
    return (draft) => this.people.allowing(this.key, scope, draft.kind, roleOf(draft));
  }

  /** Where an operation of a save that is sealed by now stands. */
  placeOf(
    scope: Hex,
    { source, at, identity }: Pick<Target, "source" | "at" | "identity">,
  ): Spot | undefined {
    for (const { facts } of this.store.ofKey(scope, this.key)) {
      if (source < facts.tag || source > facts.lastTag) continue;
      const opened = this.opened(facts.id);
      const save = Number(BigInt(`0x${source}`) - BigInt(`0x${facts.tag}`));
      const index = opened.body.counts.slice(0, save).reduce((sum, count) => sum + count, 0) + at;
      if (opened.identities[index] === identity) return spotIn(opened, index);
    }
    return undefined;
  }

  // ------------------------------------------------------------------------------------------------- certificates

  /** The sets that certify the own key and those above it, the root's first, as they were stored. */
  certificateChain(): Hex[] {
    const certifying = new Map<Hex, (readonly [certificate: Hex, setId: Hex])[]>();
    const acting = new Map<Hex, readonly [key: Hex, certificate: Hex | null]>();
    for (const { facts, entries } of this.ledger.book.sets()) {
      acting.set(facts.id, [facts.key, facts.acting]);
      for (const { kind, certify } of entries) {
        if (kind !== CERTIFY || certify === undefined) continue;
        listed(certifying, certify.key, () => []).push([certify.id, facts.id]);
      }
    }
    const chain = new Set<Hex>();
    const todo = (certifying.get(this.key) ?? []).map(([, setId]) => setId);
    for (let setId = todo.pop(); setId !== undefined; setId = todo.pop()) {
      if (chain.has(setId)) continue;
      chain.add(setId);
      const [key, under] = acting.get(setId) as readonly [Hex, Hex | null];
      const above = (certifying.get(key) ?? []).filter(([certificate]) => certificate === under);
      todo.push(...above.map(([, each]) => each));
    }
    return this.store.inOrder.filter((id) => chain.has(id));
  }
}

function listed<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/**
 * A replica: everything that one person's device holds, reads, says and has not sent yet.
 *
 * What is saved is on the disk before `save` resolves, and what is sealed before its first byte is sent (SPEC L5). All rows
 * lie in memory; a step changes them at once and is then written as one entry. If that fails, everything is read anew from
 * the disk: what could not be written was never there.
 */

import type { Hex } from "../protocol/bytes.ts";
import { hex } from "../protocol/bytes.ts";
import { type OpenedSet, reopenSet, type SetBytes } from "../protocol/envelope.ts";
import { ID16, keyId, nextTag, TAG_BYTES } from "../protocol/ids.ts";
import { sign } from "../protocol/keys.ts";
import { type Committed, Ledger } from "../protocol/ledger.ts";
import { emptyState, type RecordState } from "../protocol/merge.ts";
import { certificateChain } from "./certificate-chain.ts";
import { type Deployment, deploymentCodec } from "./deployment.ts";
import { type Draft, type PendingSave, roleOf, type Target } from "./drafts.ts";
import { HubTables } from "./hub-tables.ts";
import type { Journal } from "./journal.ts";
import { Overlay, waitingToCount } from "./overlay.ts";
import { type Line, lineOf, spotOf } from "./own-logs.ts";
import { PendingSaves } from "./pending-saves.ts";
import { People, remembered } from "./people.ts";
import { PhoneError } from "./phone.ts";
import { copied, ReplicaStore } from "./replica-store.ts";
import { type Allowing, type Author, compose, plan, type Spot } from "./sealing.ts";
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
  /** What is saved and not sealed. */
  saves!: PendingSaves;
  /** Called when something was changed and is on the disk. */
  changed: () => void = () => undefined;
  /** Counts the steps that changed sets, verdicts or saves: whoever computed something knows whether it is out of date. */
  steps = 0;

  readonly #journal: Journal;
  readonly #signing: CryptoKey;
  readonly #opening: Hex;
  readonly #tags = new Map<Hex, Hex>();
  #tables!: Tables;
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
    this.saves = new PendingSaves(this.#tables);
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
    return remembered(this.#lines, scope, () => lineOf(this.ledger, this.key, scope));
  }

  /** What lies on top of the merged records of a scope. */
  overlay(scope: Hex): Overlay {
    return remembered(this.#overlays, scope, () => {
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
    return [...new Set([...this.store.scopes(), ...this.saves.scopes()])].sort();
  }

  /** The form with which an event (a record with a random id) was first saved. */
  formOf(scope: Hex, id: Hex): Hex | undefined {
    return this.#forms.get(`${scope}.${id}`);
  }

  /** A held set, opened. */
  opened(setId: Hex): OpenedSet {
    return reopenSet(this.store.parts(setId) as SetBytes);
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
        this.saves.add(save);
        this.#overlays.delete(save.scope);
        for (const { record } of save.drafts) this.#noteForm(save.scope, record, save.form);
      }
      also();
    });
    return made;
  }

  /** The tag of the next save: drawn at random at each opening, counted up from there (SPEC B4). */
  #nextTag(scope: Hex): Hex {
    return remembered(this.#tags, scope, () => {
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
      for (const scope of this.saves.scopes()) {
        const saves = this.saves.of(scope);
        const sets = await Promise.all(this.#plan(scope).map((opened) => this.#signed(opened)));
        await this.writing(() => {
          this.hold(sets);
          this.saves.drop(saves);
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

  /** The ids of the sets that certify this key and those above it, as they were stored: the root's first. */
  certificateChain(): Hex[] {
    const chain = certificateChain(this.ledger.book.sets(), this.key);
    return this.store.inOrder.filter((id) => chain.has(id));
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
      this.saves.dropHeld(scope, opened.identities);
    }
    if (authority) this.#forgetStandings();
    return committed;
  }

  /** The pending saves of a scope, laid out as the next sets of the own log. */
  #plan(scope: Hex): OpenedSet[] {
    const pending = this.saves.of(scope);
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
  placeOf(scope: Hex, target: Pick<Target, "source" | "at" | "identity">): Spot | undefined {
    return spotOf(this.store, this.key, scope, target);
  }
}

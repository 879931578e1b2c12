/** This phone: the people whose desks are kept here, each under a PIN of their own, and the one desk that is open. */

import type { Database, Entry, PersonRow } from "../platform/database.ts";
import type { Release, Surroundings } from "../platform/surroundings.ts";
import { type Keys, makeVault, opened, rewrapped } from "../platform/vault.ts";
import { dateText } from "../protocol/definitions/dates.ts";
import type { Ground } from "../sync/enrolling.ts";
import { OpenDesk, type Outside } from "./desk.ts";
import { Cipher, DiskJournal, ours } from "./journal.ts";
import {
  type Invitation,
  type PersonHere,
  type Phone,
  PhoneError,
  PIN_DIGITS_MIN,
  PIN_TRIES,
  type StorageRoom,
  type Unlocked,
  type Unsubscribe,
} from "./phone.ts";
import { Replica } from "./replica.ts";

const DAY_S = 86_400;
/** In place of the number of an entry. */
const KEY = -1;

export class ThisPhone implements Phone {
  readonly #database: Database;
  readonly #world: Surroundings;
  readonly #watchers = new Set<() => void>();
  #people: ReadonlyMap<number, PersonRow>;
  #open: { readonly desk: OpenDesk; readonly release: Release } | null = null;

  private constructor(database: Database, world: Surroundings, people: ReadonlyMap<number, PersonRow>) {
    [this.#database, this.#world, this.#people] = [database, world, people];
  }

  /** @throws PhoneError `storage`, `newer`. */
  static async open(database: Promise<Database>, world: Surroundings): Promise<ThisPhone> {
    const disk = await ours(database);
    return new ThisPhone(disk, world, await ours(disk.people()));
  }

  people(): readonly PersonHere[] {
    return [...this.#people].map(([place, { name, failures }]) => {
      return { place, name, triesLeft: Math.max(0, PIN_TRIES - failures) };
    });
  }

  get desk(): OpenDesk | null {
    return this.#open?.desk ?? null;
  }

  subscribe(changed: () => void): Unsubscribe {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  // -------------------------------------------------------------------------------------------------- open, close

  async unlock(place: number, pin: string): Promise<Unlocked> {
    await this.lock();
    const release = await this.#hold(place);
    try {
      // Counted before it is tried: a page that is killed meanwhile has not tried for nothing.
      const row = await this.#count(place, ({ failures }) => Math.min(failures, PIN_TRIES) + 1);
      if (row.failures > PIN_TRIES) return free(release, 0);
      const fetched = this.#database.journal(place); // while the PIN takes its time
      fetched.catch(() => undefined); // told when it is read
      const keys = await opened(row.vault, pin).catch(() => null);
      if (keys === null) return free(release, PIN_TRIES - row.failures);
      const [desk] = await Promise.all([
        this.#sit(place, keys, row.publicKey, release, fetched),
        this.#count(place, () => 0),
      ]);
      return { desk };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** One tab at a time has a desk. */
  async #hold(place: number): Promise<Release> {
    const release = await this.#world.hold(`haidang/desk/${place}`);
    if (release === null) throw new PhoneError("in-use");
    return release;
  }

  async #count(place: number, failures: (row: PersonRow) => number): Promise<PersonRow> {
    const change = (row: PersonRow) => ({ ...row, failures: failures(row) });
    const row = await ours(this.#database.changePerson(place, change)).catch((error) => {
      const known = this.#people.get(place);
      // A full disk keeps nobody from their work; it is counted until the app ends.
      if (known !== undefined && error.code === "storage-full") return change(known);
      throw error;
    });
    this.#people = new Map([...this.#people, [place, row]]);
    this.#tell();
    return row;
  }

  /** Open a desk with its keys. */
  async #sit(
    place: number,
    { signing, data }: Keys,
    sealedKey: Uint8Array,
    release: Release,
    fetched: Promise<Entry[]> | null = null,
  ): Promise<OpenDesk> {
    const cipher = new Cipher(data, this.#world.random);
    const publicKey = await ours(cipher.openBytes(place, KEY, sealedKey));
    const journal = new DiskJournal(this.#database, place, cipher, fetched);
    const replica = await Replica.open(journal, { publicKey, signing }, this.#world);
    const desk = new OpenDesk(place, replica, this.#outside(place));
    await desk.lookAround();
    this.#open = { desk, release };
    desk.subscribe(() => this.#tell());
    this.#tell();
    return desk;
  }

  async lock(): Promise<void> {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    await open.desk.close();
    await open.desk.seal().catch(() => undefined); // what is saved is on the disk, sealed or not
    open.release();
    this.#tell();
  }

  // ------------------------------------------------------------------------------------------------------- enrol

  async readOffer(text: string): Promise<Invitation> {
    const { groundOfText } = await import("../sync/enrolling.ts");
    return this.#invitation(await groundOfText(text, this.#world));
  }

  async readCode(code: string): Promise<Invitation> {
    const { groundOfCode } = await import("../sync/enrolling.ts");
    return this.#invitation(await groundOfCode(code, this.#world));
  }

  async #invitation(ground: Ground): Promise<Invitation> {
    const { unitNameIn } = await import("../sync/enrolling.ts");
    const { offer, offered } = ground;
    const today = dateText(Math.floor(this.#world.now() / DAY_S));
    return {
      person: offered.person,
      label: offered.label,
      unit: offer.unit,
      unitName: unitNameIn(ground, today),
      expiry: offer.expiry,
      accept: (pin) => this.#accept(ground, pin),
    };
  }

  async #accept(ground: Ground, pin: string): Promise<OpenDesk> {
    checkPin(pin);
    await this.lock();
    const { random } = this.#world;
    const { rowsOfNew } = await import("../sync/enrolling.ts");
    const { vault, keys, publicKey } = await makeVault(pin, await this.#world.iterations(), random);
    const rows = await rowsOfNew(ground, { publicKey, signing: keys.signing }, this.#world);
    const cipher = new Cipher(keys.data, random);
    const name = ground.offered.person;
    const made = async (place: number) => {
      const row = { name, vault, publicKey: await cipher.sealBytes(place, KEY, publicKey), failures: 0 };
      return { row, entry: await cipher.seal(place, 0, rows) };
    };
    const { place, row } = await ours(this.#database.addPerson(made));
    this.#people = new Map([...this.#people, [place, row]]);
    return this.#sit(place, keys, row.publicKey, await this.#hold(place));
  }

  async #changePin(place: number, old: string, pin: string): Promise<void> {
    checkPin(pin);
    const { random } = this.#world;
    const row = this.#people.get(place) as PersonRow;
    const iterations = await this.#world.iterations();
    const vault = await rewrapped(row.vault, old, pin, iterations, random).catch(() => {
      throw new PhoneError("wrong-pin");
    });
    const changed = await ours(this.#database.changePerson(place, (each) => ({ ...each, vault })));
    this.#people = new Map([...this.#people, [place, changed]]);
  }

  // ----------------------------------------------------------------------------------------------------- outside

  #outside(place: number): Outside {
    const world = this.#world;
    return {
      elapsed: world.elapsed,
      wait: world.wait,
      async sync(replica, watch, stop) {
        const { sync } = await import("../sync/client.ts");
        return sync(replica, world, { watch, stop });
      },
      async exportBundle(replica, unsentOnly) {
        const { exportBundle } = await import("../sync/bundles.ts");
        return exportBundle(replica, unsentOnly, world.deflate);
      },
      async importBundle(replica, data) {
        const { importBundle } = await import("../sync/bundles.ts");
        return importBundle(replica, data, world.deflate);
      },
      changePin: (old, pin) => this.#changePin(place, old, pin),
    };
  }

  room(): Promise<StorageRoom> {
    return this.#world.room();
  }

  persist(): Promise<boolean> {
    return this.#world.persist();
  }
}

/** A desk that was not opened: the lock is given back. */
function free(release: Release, triesLeft: number): Unlocked {
  release();
  return { triesLeft };
}

/** @throws PhoneError `weak-pin`: too short, one digit again and again, or digits in a row. */
function checkPin(pin: string): void {
  const rows = "01234567890 09876543210";
  const isWeak = pin.length < PIN_DIGITS_MIN || new Set(pin).size === 1 || rows.includes(pin);
  if (isWeak) throw new PhoneError("weak-pin");
}

/** This device: who is using it, how safe its storage is, language, PIN, practice. */

import { useEffect, useState } from "preact/hooks";
import { language, say, speak } from "../../i18n/language.ts";
import { dayOf, size } from "../../i18n/written.ts";
import { type Desk, PIN_DIGITS_MIN, type StorageRoom } from "../../storage/phone.ts";
import { Icon } from "../parts/icon.tsx";
import { KeepingWarning } from "../parts/keeping.tsx";
import { Note, Page, UpdateOffer } from "../parts/page.tsx";
import { PinInput } from "../parts/pin.tsx";
import { canInstall, install } from "../state/install.ts";
import { isPersistent } from "../state/keeping.ts";
import { sentence } from "../state/mishap.ts";
import { unitName } from "../state/naming.ts";
import { go, goInstead } from "../state/route.ts";
import { desk, leave, phoneToCome, practise } from "../state/session.ts";

export function DeviceScreen() {
  const { here } = desk.value;
  if (here === null) return null;
  const lock = async () => {
    await leave();
    goInstead("");
  };
  return (
    <Page title={say.value.device.title}>
      <h1>{say.value.device.title}</h1>
      <UpdateOffer />
      <Who here={here} />
      <button type="button" class="btn main" onClick={() => void lock()}>
        <Icon name="lock" />
        {say.value.device.lock}
      </button>
      <Languages />
      <Room />
      {canInstall.value && (
        <button type="button" class="btn" onClick={() => void install()}>
          {say.value.device.install}
        </button>
      )}
      <Practice here={here} />
      {!here.practice && <PinChange here={here} />}
    </Page>
  );
}

function Who({ here }: { here: Desk }) {
  const { device } = say.value;
  return (
    <dl class="values">
      <div>
        <dt>{device.person}</dt>
        <dd>{here.person.name || say.value.enrol.unnamed}</dd>
      </div>
      <div>
        <dt>{device.unit}</dt>
        <dd>{unitName(here, here.unit, dayOf(new Date()))}</dd>
      </div>
      <div class="wide">
        <dt>{device.fingerprint}</dt>
        <dd class="letters">{here.fingerprint}</dd>
      </div>
      <div>
        <dt>{device.standing}</dt>
        <dd>{here.person.confirmed ? device.confirmed : device.unconfirmed}</dd>
      </div>
    </dl>
  );
}

function Languages() {
  return (
    <fieldset class="field">
      <legend class="lbl">{say.value.device.language}</legend>
      <div class="choices two">
        {(["vi", "en"] as const).map((each) => (
          <label key={each} class="choice" lang={each}>
            <input
              type="radio"
              name="language"
              checked={language.value === each}
              onChange={() => void speak(each)}
            />
            {each === "vi" ? "Tiếng Việt" : "English"}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** How much is used, and whether the browser keeps it. */
function Room() {
  const [room, setRoom] = useState<StorageRoom | null>(null);
  const isKept = isPersistent.value;
  useEffect(() => {
    void phoneToCome
      .then((phone) => phone.room())
      .then((room) => setRoom({ ...room, persistent: isKept ?? room.persistent }));
  }, [isKept]);
  if (room === null) return null;
  const { device } = say.value;
  const lang = language.value;
  const { quota, used } = room;
  return (
    <section class="chapter">
      <h2>{device.room}</h2>
      {used === null || quota === null ? (
        <p>{device.roomUnknown}</p>
      ) : (
        <>
          <div class="meter" role="img" aria-label={device.used(size(used, lang), size(quota, lang))}>
            <i style={{ width: `${Math.min(100, Math.ceil((100 * used) / quota))}%` }} />
          </div>
          <p class="small">{device.used(size(used, lang), size(quota, lang))}</p>
        </>
      )}
      {room.persistent ? <p class="small mute">{device.kept}</p> : <KeepingWarning />}
    </section>
  );
}

function Practice({ here }: { here: Desk }) {
  const { device } = say.value;
  const begin = async () => {
    practise(await here.practise());
    go("");
  };
  return (
    <section class="chapter">
      <h2>{device.practise}</h2>
      <p class="small mute">{device.practiseWhy}</p>
      {here.practice ? (
        <button type="button" class="btn" onClick={() => practise(null)}>
          {device.practiceEnd}
        </button>
      ) : (
        <button type="button" class="btn" onClick={() => void begin()}>
          {device.practise}
        </button>
      )}
    </section>
  );
}

function PinChange({ here }: { here: Desk }) {
  const [old, setOld] = useState("");
  const [pin, setPin] = useState("");
  const [said, setSaid] = useState<{ kind: "ok" | "bad"; words: string } | null>(null);
  const change = async (event: Event) => {
    event.preventDefault();
    if (pin.length < PIN_DIGITS_MIN) {
      return setSaid({ kind: "bad", words: say.value.enrol.pinShort(PIN_DIGITS_MIN) });
    }
    try {
      await here.changePin(old, pin);
      setSaid({ kind: "ok", words: say.value.device.pinChanged });
    } catch (error) {
      setSaid({ kind: "bad", words: sentence(error, say.value) });
    }
    setOld("");
    setPin("");
  };
  return (
    <details class="more">
      <summary>{say.value.device.pin}</summary>
      <form class="group tight" onSubmit={change}>
        {said !== null && <Note kind={said.kind}>{said.words}</Note>}
        <PinInput id="pin-old" label={say.value.device.pinOld} value={old} change={setOld} />
        <PinInput id="pin-new" label={say.value.device.pinNew} value={pin} change={setPin} fresh />
        <button type="submit" class="btn" disabled={old === "" || pin === ""}>
          {say.value.device.pin}
        </button>
      </form>
    </details>
  );
}

/** A new person on this phone: the officer's invitation, a PIN of their own, the letters to compare. */

import { useEffect, useState } from "preact/hooks";
import { language, say, speak } from "../../i18n/language.ts";
import { when } from "../../i18n/written.ts";
import { type Desk, type Invitation, PIN_DIGITS_MIN } from "../../storage/phone.ts";
import { Icon } from "../parts/icon.tsx";
import { Note, Page } from "../parts/page.tsx";
import { PinInput } from "../parts/pin.tsx";
import { Scanner } from "../parts/scanner.tsx";
import { askToKeep } from "../state/keeping.ts";
import { sentence } from "../state/mishap.ts";
import { roleName } from "../state/naming.ts";
import { goInstead, to } from "../state/route.ts";
import { people, phoneToCome } from "../state/session.ts";
import { syncNow } from "../state/syncing.ts";

const OFFER = "HD1:";

export function EnrolScreen() {
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [made, setMade] = useState<Desk | null>(null);
  useEffect(() => goInstead("enrol"), []); // so that the letters stay in sight when the desk is open
  const isFirst = (people.value?.length ?? 0) === 0;
  const back = isFirst ? {} : { back: to("") };
  return (
    <Page title={say.value.enrol.title} foot={null} {...back}>
      <h1>{made === null ? say.value.enrol.title : say.value.enrol.done}</h1>
      {made !== null ? (
        <Compare desk={made} />
      ) : invitation !== null ? (
        <ChoosePin invitation={invitation} done={setMade} />
      ) : (
        <Invite found={setInvitation} />
      )}
    </Page>
  );
}

/** Reading the invitation. */
function Invite({ found }: { found: (invitation: Invitation) => void }) {
  const [entry, setEntry] = useState("");
  const [isAsking, setAsking] = useState(false);
  const [isScanning, setScanning] = useState(false);
  const [wrong, setWrong] = useState("");
  const ask = async (text: string) => {
    if (text.trim() === "") return;
    setAsking(true);
    setWrong("");
    try {
      const here = await phoneToCome;
      found(await (text.trim().startsWith(OFFER) ? here.readOffer(text) : here.readCode(text)));
    } catch (error) {
      setWrong(sentence(error, say.value));
      setAsking(false);
    }
  };
  return (
    <form
      class="group"
      onSubmit={(event) => {
        event.preventDefault();
        void ask(entry);
      }}
    >
      <p>{say.value.enrol.intro}</p>
      {wrong !== "" && <Note kind="bad">{wrong}</Note>}
      {isScanning ? (
        <Scanner
          stop={() => setScanning(false)}
          read={(text) => {
            setScanning(false);
            setEntry(text);
            void ask(text);
          }}
        />
      ) : (
        <button type="button" class="btn" onClick={() => setScanning(true)}>
          <Icon name="camera" />
          {say.value.enrol.scan}
        </button>
      )}
      <div class="field">
        <label for="offer">{say.value.enrol.entry}</label>
        <textarea
          id="offer"
          class="box code"
          rows={3}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          aria-describedby="offer-about"
          value={entry}
          onInput={(event) => setEntry(event.currentTarget.value)}
        />
        <p class="small mute" id="offer-about">
          {say.value.enrol.hint}
        </p>
      </div>
      <button type="submit" class="btn main" disabled={isAsking || entry.trim() === ""}>
        {isAsking ? say.value.enrol.asking : say.value.enrol.next}
      </button>
      <button
        type="button"
        class="btn plain"
        lang={language.value === "vi" ? "en" : "vi"}
        onClick={() => void speak(language.value === "vi" ? "en" : "vi")}
      >
        {language.value === "vi" ? "English" : "Tiếng Việt"}
      </button>
    </form>
  );
}

/** Choosing a PIN, and making the key. */
function ChoosePin({ done, invitation }: { invitation: Invitation; done: (desk: Desk) => void }) {
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const [isMaking, setMaking] = useState(false);
  const [wrong, setWrong] = useState("");
  const accept = async (event: Event) => {
    event.preventDefault();
    if (pin.length < PIN_DIGITS_MIN) return setWrong(say.value.enrol.pinShort(PIN_DIGITS_MIN));
    if (pin !== again) return setWrong(say.value.enrol.pinsDiffer);
    setMaking(true);
    setWrong("");
    try {
      done(await invitation.accept(pin));
      void askToKeep();
      void syncNow();
    } catch (error) {
      setWrong(sentence(error, say.value));
      setMaking(false);
    }
  };
  return (
    <form class="group" onSubmit={accept}>
      <div>
        <p class="mute">{say.value.enrol.found}</p>
        <h2>{invitation.person || roleName(invitation.label) || say.value.enrol.unnamed}</h2>
        <p>
          {roleName(invitation.label)}, {invitation.unitName}
        </p>
        <p class="small mute">{say.value.enrol.until(when(invitation.expiry, new Date(), say.value))}</p>
      </div>
      {wrong !== "" && <Note kind="bad">{wrong}</Note>}
      <PinInput
        id="pin"
        label={say.value.enrol.pin}
        value={pin}
        change={setPin}
        described="pin-about"
        fresh
      />
      <p class="small mute" id="pin-about">
        {say.value.enrol.pinHint(PIN_DIGITS_MIN)}
      </p>
      <PinInput id="pin-again" label={say.value.enrol.pinAgain} value={again} change={setAgain} fresh />
      <button type="submit" class="btn main" disabled={isMaking}>
        {isMaking ? say.value.enrol.making : say.value.enrol.accept}
      </button>
    </form>
  );
}

/** What the officer compares before confirming. */
function Compare({ desk }: { desk: Desk }) {
  return (
    <div class="group">
      <p>{say.value.enrol.fingerprint}</p>
      <p class="letters">{desk.fingerprint}</p>
      <p class="small mute">{say.value.enrol.fingerprintWhy}</p>
      <button type="button" class="btn main" onClick={() => goInstead("")}>
        {say.value.enrol.start}
      </button>
    </div>
  );
}

/** Who is using this phone, and their PIN: no network is needed. */

import { useState } from "preact/hooks";
import { say } from "../../i18n/language.ts";
import { type PersonHere, PIN_TRIES } from "../../storage/phone.ts";
import { Note, Page, UpdateOffer } from "../parts/page.tsx";
import { PinInput } from "../parts/pin.tsx";
import { lookWhetherKept } from "../state/keeping.ts";
import { sentence } from "../state/mishap.ts";
import { goInstead, to } from "../state/route.ts";
import { people, phoneToCome } from "../state/session.ts";
import { syncSoon } from "../state/syncing.ts";

export function UnlockScreen() {
  const known = people.value ?? [];
  const [place, setPlace] = useState(known[0]?.place ?? 0);
  const person = known.find((each) => each.place === place) ?? known[0];
  return (
    <Page title={say.value.unlock.title}>
      <h1>{say.value.unlock.title}</h1>
      <UpdateOffer />
      <fieldset class="people">
        <legend class="hide">{say.value.unlock.title}</legend>
        {known.map((each) => (
          <label key={each.place} class="choice person">
            <input
              type="radio"
              name="person"
              checked={each.place === person?.place}
              onChange={() => setPlace(each.place)}
            />
            <span>{each.name || say.value.enrol.unnamed}</span>
          </label>
        ))}
      </fieldset>
      {person !== undefined && <PinForm key={person.place} person={person} />}
      <p class="small mute">{say.value.unlock.safe(PIN_TRIES)}</p>
      <details class="more">
        <summary>{say.value.unlock.forgotten}</summary>
        <p>{say.value.unlock.forgottenHow}</p>
      </details>
      <a class="btn plain" href={to("enrol")}>
        {say.value.unlock.add}
      </a>
    </Page>
  );
}

function PinForm({ person }: { person: PersonHere }) {
  const [pin, setPin] = useState("");
  const [isOpening, setOpening] = useState(false);
  const [wrong, setWrong] = useState("");
  const isShut = person.triesLeft === 0;
  const open = async (event: Event) => {
    event.preventDefault();
    setOpening(true);
    try {
      const here = await phoneToCome;
      const result = await here.unlock(person.place, pin);
      if ("triesLeft" in result) {
        setPin("");
        const { triesLeft } = result;
        setWrong(triesLeft === 0 ? say.value.unlock.shut : say.value.unlock.wrong(triesLeft));
      } else {
        goInstead("");
        void lookWhetherKept();
        syncSoon();
      }
    } catch (error) {
      setWrong(sentence(error, say.value));
    } finally {
      setOpening(false);
    }
  };
  return (
    <form class="pinform" onSubmit={open}>
      {(wrong !== "" || isShut) && <Note kind="bad">{isShut ? say.value.unlock.shut : wrong}</Note>}
      <PinInput id="pin" label={say.value.unlock.pin(person.name)} value={pin} change={setPin} />
      <button type="submit" class="btn main" disabled={isOpening || isShut || pin === ""}>
        {isOpening ? say.value.unlock.opening : say.value.unlock.open}
      </button>
    </form>
  );
}

/** A PIN: large, hidden, with the phone's own keys for digits; a longer passphrase fits as well. */

interface PinInputProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly change: (pin: string) => void;
  readonly described?: string;
  /** Whether a PIN is being chosen, so that browsers do not fill in an old one. */
  readonly fresh?: boolean;
}

export function PinInput({ change, described, fresh = false, id, label, value }: PinInputProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="entry">
        <input
          id={id}
          class="pinbox"
          type="password"
          inputMode="numeric"
          autocomplete={fresh ? "new-password" : "off"}
          aria-describedby={described}
          value={value}
          onInput={(event) => change(event.currentTarget.value)}
        />
      </div>
    </div>
  );
}

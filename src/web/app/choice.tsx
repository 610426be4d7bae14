import { useId } from 'react';

interface ChoiceProps<Value extends string> {
  label: string;
  options: (readonly [Value, string])[];
  value: Value | null;
  onChange: (value: Value) => void;
}

/** A choice of one among a few visible options: radio buttons that look like one control. */
export function Choice<Value extends string>({ label, options, value, onChange }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend className="visually-hidden">{label}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

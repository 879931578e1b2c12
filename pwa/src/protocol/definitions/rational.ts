/** Exact numbers: what expressions reckon with. */

export class Rational {
  /** The denominator is positive and has no divisor in common with the numerator. */
  readonly numerator: bigint;
  readonly denominator: bigint;

  constructor(numerator: bigint | number, denominator: bigint | number = 1n) {
    const [n, d] = [BigInt(numerator), BigInt(denominator)];
    const divisor = greatestCommonDivisor(n, d) * (d < 0n ? -1n : 1n);
    this.numerator = n / divisor;
    this.denominator = d / divisor;
  }

  get isWhole(): boolean {
    return this.denominator === 1n;
  }

  plus(other: Rational): Rational {
    const sum = this.numerator * other.denominator + other.numerator * this.denominator;
    return new Rational(sum, this.denominator * other.denominator);
  }

  minus(other: Rational): Rational {
    return this.plus(other.times(MINUS_ONE));
  }

  times(other: Rational): Rational {
    return new Rational(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  /** The quotient; null when divided by zero. */
  over(other: Rational): Rational | null {
    if (other.numerator === 0n) return null;
    return new Rational(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  /** Below zero, zero or above zero as this is less than, equal to or greater than the other. */
  compare(other: Rational): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  /** Cut towards zero. */
  truncated(): Rational {
    return new Rational(this.numerator / this.denominator);
  }

  /** This times 10**`digits`, rounded to an integer; a half goes away from zero. */
  scaled(digits: number): bigint {
    const { numerator, denominator } = this.times(powerOfTen(digits));
    const positive = numerator < 0n ? -numerator : numerator;
    const rounded = (2n * positive + denominator) / (2n * denominator);
    return numerator < 0n ? -rounded : rounded;
  }
}

const MINUS_ONE = new Rational(-1n);

/** 10**`digits`; `digits` may be negative. */
export function powerOfTen(digits: number): Rational {
  const power = 10n ** BigInt(Math.abs(digits));
  return digits < 0 ? new Rational(1n, power) : new Rational(power);
}

function greatestCommonDivisor(one: bigint, other: bigint): bigint {
  let [a, b] = [one < 0n ? -one : one, other < 0n ? -other : other];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

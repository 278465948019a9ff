import { describe, expect, it } from 'vitest';
import { axisScale, durationText, formatCount, formatMeasure, formatNumber, measureText } from './format.js';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('formatting of numbers', () => {
  it('shows three significant figures', () => {
    expect([0.18432, 12.42, 999.6, 0.00123].map((value) => formatNumber(value))).toEqual(['0.184', '12.4', '1,000', '0.00123']);
  });

  it('keeps whole numbers whole', () => {
    expect([0, 7, 42, 1234, 120_000].map((value) => formatNumber(value))).toEqual(['0', '7', '42', '1,234', '120,000']);
  });

  it('keeps the sign of a clock that is behind', () => {
    expect(formatNumber(-0.0421)).toBe('-0.0421');
  });

  it('shows more figures when asked for', () => {
    expect(formatNumber(0.184327, 5)).toBe('0.18433');
  });
});

describe('formatting of measures', () => {
  it('exchanges the unit where the number would get long', () => {
    expect([0.184, 12.4, 1250, 90_000].map((ms) => plain(measureText(ms, 'ms')))).toEqual(['0.184 ms', '12.4 ms', '1.25 s', '1.50 min']);
    expect(plain(measureText(25_318_293_504, 'B'))).toBe('25.3 GB');
  });

  it('writes a unit as people do', () => {
    expect(formatMeasure(41.2, 'Cel')).toEqual({ text: '41.2', unit: '°C' });
    expect(formatMeasure(1, 'bool')).toEqual({ text: 'yes', unit: '' });
    expect(formatMeasure(20, '1')).toEqual({ text: '20', unit: '' });
  });

  it('scales an axis as a whole, so that its figures can be compared', () => {
    expect(axisScale(25e9, 'B')).toEqual({ factor: 1e9, unit: 'GB' });
    expect(axisScale(40, 'ms')).toEqual({ factor: 1, unit: 'ms' });
  });

  it('shortens counts and intervals for headlines', () => {
    expect([918, 9213, 1_250_000].map((count) => plain(formatCount(count)))).toEqual(['918', '9.2 k', '1.3 M']);
    expect([0.5, 5, 300, 86_400].map((seconds) => plain(durationText(seconds)))).toEqual(['0.500 s', '5 s', '5 min', '24 h']);
  });
});

namespace XenShared.Guests.Deduction;

/// <summary>Represents the drift of a clock in parts per million.</summary>
/// <param name="PartsPerMillion">The drift; positive if the clock is fast.</param>
/// <param name="Uncertainty">The uncertainty of the drift.</param>
internal readonly record struct ClockDrift(double PartsPerMillion, double Uncertainty);

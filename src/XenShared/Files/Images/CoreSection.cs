namespace XenShared.Files.Images;

/// <summary>A section of a core dump, known to lie in the file.</summary>
/// <param name="Header">Where its header is, for messages.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Size">How many bytes it has.</param>
internal readonly record struct CoreSection(long Header, long Offset, long Size);

namespace XenShared.Files.Images;

/// <summary>Represents a section of a core dump that has been checked to lie in the file.</summary>
/// <param name="Header">The offset of its header, for messages.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="Size">Its size in bytes.</param>
internal readonly record struct CoreSection(long Header, long Offset, long Size);

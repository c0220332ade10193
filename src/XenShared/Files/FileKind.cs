namespace XenShared.Files;

/// <summary>Specifies the kind of a file, detected from its first bytes.</summary>
public enum FileKind
{
    /// <summary>Nothing that is read.</summary>
    Unknown,

    /// <summary>Compressed with gzip; what is in it is known when it is unpacked.</summary>
    Gzip,

    /// <summary>A capture.</summary>
    Capture,

    /// <summary>An ELF file, as core dumps are.</summary>
    Elf,

    /// <summary>A saved guest, or a stream of a migration.</summary>
    SavedGuest,

    /// <summary>A bare page: exactly 4,096 bytes.</summary>
    Page,

    /// <summary>A text, maybe a console's log.</summary>
    Text,
}

namespace XenShared.Files;

/// <summary>Represents addresses of variables in the running kernel. They are valid until the kernel restarts.</summary>
public sealed record KernelSymbols
{
    /// <summary>Gets the boot of the kernel (<c>/proc/sys/kernel/random/boot_id</c>).</summary>
    public required Guid BootId { get; init; }

    /// <summary>Gets the addresses by name. A per-CPU variable has an offset instead.</summary>
    public required IReadOnlyDictionary<string, ulong> Addresses { get; init; }
}

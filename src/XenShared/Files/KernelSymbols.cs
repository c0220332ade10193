namespace XenShared.Files;

/// <summary>Represents addresses of variables in the running kernel. They are valid until the kernel restarts.</summary>
public sealed record KernelSymbols
{
    /// <summary>Gets the id of the boot at which the addresses were read (<c>/proc/sys/kernel/random/boot_id</c>).</summary>
    public required Guid BootId { get; init; }

    /// <summary>
    /// Gets the addresses by the name of the variable. For a per-CPU variable, the value is its offset in the area of each CPU.
    /// </summary>
    public required IReadOnlyDictionary<string, ulong> Addresses { get; init; }
}

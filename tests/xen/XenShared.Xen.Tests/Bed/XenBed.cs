namespace XenShared.Xen.Tests.Bed;

/// <summary>
/// A Xen host for the tests of one collection: booted at the first test that needs it, powered off after the last. With the variable
/// XENSHARED_XEN_SERVE, the folder of a <c>rig serve</c> that is up already is used instead, and left as it is.
/// </summary>
public abstract class XenBed : IAsyncDisposable
{
    private const string ServeVariable = "XENSHARED_XEN_SERVE";

    private readonly string _name;
    private Task<Dom0>? _start;
    private Rig? _rig;

    private protected XenBed(string name) => _name = name;

    /// <summary>The dom0 of somebody else's <c>rig serve</c>; null when the bed boots its own.</summary>
    private protected static string? Attached => Environment.GetEnvironmentVariable(ServeVariable) is { Length: > 0 } folder ? folder : null;

    /// <summary>Powers off what was booted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_rig is not null) await _rig.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The host's dom0. Skips the test on a machine that cannot boot it.</summary>
    internal async Task<Dom0> RequireAsync()
    {
        try
        {
            return await (_start ??= StartAsync());
        }
        catch (BedUnavailableException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }
    }

    /// <summary>Brings up the guests that all tests of the collection need.</summary>
    private protected abstract Task PrepareAsync(Dom0 dom0);

    private async Task<Dom0> StartAsync()
    {
        await Rig.BuildAsync();
        await Dom0Files.AssembleAsync();
        var log = Path.Combine(Repository.Artifacts, $"{_name}.log");
        File.Delete(log);
        Dom0 dom0;
        if (Attached is { } folder)
        {
            dom0 = new Dom0(Path.Combine(folder, "ssh_config"), log);
            await AttachedFiles.UploadAsync(dom0);
        }
        else
        {
            _rig = await Rig.ServeAsync(Path.Combine(Repository.Artifacts, _name), Dom0Files.Folder);
            dom0 = new Dom0(_rig.SshConfiguration, log);
        }
        var version = await dom0.ReadAsync("xl info xen_version");
        Assert.StartsWith(Suite.Current.XenVersion + ".", version, StringComparison.Ordinal);
        await PrepareAsync(dom0);
        return dom0;
    }
}

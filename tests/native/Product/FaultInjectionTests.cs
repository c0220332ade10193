using System.Diagnostics;
using System.Globalization;
using XenShared.Native.Tests.Fake;

namespace XenShared.Native.Tests.Product;

/// <summary>
/// Runs every command while one native call fails: each call, with each errno, at its first, second and fifth use, or always. Checks that
/// each run ends with a documented status, that nothing remains open, mapped or allocated, that no exception except the library's own is
/// thrown, that the other domains are listed, and that every write to a guest is reported.
/// </summary>
public sealed class FaultInjectionTests(FakeXenFixture fixture, ITestOutputHelper output) : FakeXenTest(fixture)
{
    private static readonly int[] s_uses = [1, 2, 5];

    // The call fails once, or always.
    private static readonly string[] s_times = [" times 1", ""];

    // EPERM, ENOENT, ESRCH, EINTR, EIO, ENXIO, E2BIG, EBADF, EAGAIN, ENOMEM, EACCES, EFAULT, EBUSY, EEXIST, ENODEV, EINVAL, ENOSPC, ENOSYS,
    // EOVERFLOW, EOPNOTSUPP
    private static readonly int[] s_errnos = [1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 16, 17, 19, 22, 28, 38, 75, 95];

    private byte[]? _pokedPage;

    public static TheoryData<string> Commands => new(ProductCommands.All.Keys);

    [Fact]
    public void Every_command_is_among_those_that_are_run()
    {
        // The demo reads a capture that it brings along.
        Assert.Equal(
            CommandLine.Names().Where(name => name != "demo").Order(StringComparer.Ordinal),
            ProductCommands.All.Values.Select(arguments => arguments[0]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_native_function_is_called_by_some_command()
    {
        var uncalled = NativeFunctions.Points.ToHashSet();
        foreach (var command in ProductCommands.All.Keys)
        {
            Prepare(command);
            Run(command);
            uncalled.RemoveWhere(point => Xen.Calls(point) > 0);
        }
        // If ports cannot be read together, each is read separately.
        Start();
        Xen.Apply("fail multicall 38");
        Run("channels");
        uncalled.RemoveWhere(point => Xen.Calls(point) > 0);

        Assert.Empty(uncalled);
    }

    [Theory, MemberData(nameof(Commands))]
    public void Whatever_call_fails_the_command_ends_well(string command)
    {
        // The first run of all also loads libraries.
        Prepare(command);
        Run(command);
        Prepare(command);
        var calls = NativeFunctions.Points.ToDictionary(point => point, point => -Xen.Calls(point));
        var expected = new PokedPage(Xen);
        var whole = Run(command);
        foreach (var point in NativeFunctions.Points) calls[point] += Xen.Calls(point);
        var isWriting = ProductCommands.Writing.ContainsKey(command);
        if (isWriting) expected.End(whole);
        FaultedRun.AssertSound(whole);
        AssertBalanced();
        var openFiles = OpenFiles();

        var (combinations, hits, failures) = (0, 0, new List<string>());
        var clock = Stopwatch.StartNew();
        foreach (var (point, use, errno, times) in Faults())
        {
            combinations++;
            // Without the use there is nothing to fail. What ends ports, or hides one, is an answer of Xen's.
            if (calls[point] < use || point == "evtchn_status" && (errno == Errno.EINVAL || errno == Errno.EACCES && use > 1)) continue;
            hits++;
            var fault = string.Create(CultureInfo.InvariantCulture, $"fail {point} {errno} after {use - 1}{times}");
            Prepare(command);
            var page = new PokedPage(Xen);
            Xen.Apply(fault);
            var run = new CommandRun(0, "", "", []);
            try
            {
                run = Run(command);
                FaultedRun.AssertSound(run);
                AssertBalanced();
                if (isWriting)
                    page.AssertReportedAndComplete(run, expected);
                else if (ProductCommands.ListsDomains(command))
                    FaultedRun.AssertOthersServed(run, whole, isOneDomain: times.Length > 0 && FaultedRun.IsOfOneDomain(point));
            }
#pragma warning disable CA1031 // Whatever comes out of a command is what is looked for.
            catch (Exception error)
#pragma warning restore CA1031
            {
                failures.Add($"{fault}: {error.GetType().Name}: {error.Message}\n  status {run.Status}: {run.Error}");
            }
        }
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{command}: {combinations} combinations, {hits} hits, {failures.Count} failures, {clock.ElapsedMilliseconds} ms"));
        Assert.True(hits > 0, "no call was hit");
        Assert.True(failures.Count == 0, $"{failures.Count} of {hits}:\n{string.Join('\n', failures.Take(30))}");
        // Files that the runtime and the test runner open briefly are closed at one of the checks. A leaked file is open at each.
        Assert.Empty(Enumerable.Range(0, 5).Select(_ => OpenFiles().Except(openFiles)).Aggregate((kept, next) => kept.Intersect(next)));
    }

    private static IEnumerable<(string Point, int Use, int Errno, string Times)> Faults() =>
        from point in NativeFunctions.Points
        from use in s_uses
        from errno in s_errnos
        from times in s_times
        where times.Length > 0 || use == 1
        select (point, use, errno, times);

    private void Prepare(string command)
    {
        Start();
        if (command == "undo") MakePoked();
        if (command == "repair") ProductHost.MakeStuck(Xen);
    }

    // A run that follows another one only has something to take back. What the other one leaves is the same each time.
    private void MakePoked()
    {
        if (_pokedPage is null)
        {
            File.WriteAllText(PokesFile, Run("poke vcpu").Output);
            _pokedPage = Xen.Page(ProductHost.Poked).ToArray();
        }
        _pokedPage.CopyTo(Xen.Page(ProductHost.Poked));
    }

    private void Start()
    {
        if (!File.Exists(HostFile)) ProductHost.Create().Write(HostDirectory);
        Xen.Load(HostFile);
        ProductHost.MakeNew(Xen);
        File.Delete(OutputFile);
    }

    private string HostFile => Path.Combine(HostDirectory, "host.txt");

    private string OutputFile => Path.Combine(HostDirectory, "output");

    private string PokesFile => Path.Combine(HostDirectory, "pokes.json");

    private CommandRun Run(string command) => CommandLine.Run(ProductCommands.Arguments(command, OutputFile, PokesFile));

    // Files that only unreachable objects of the runtime hold open are not counted.
    private static string[] OpenFiles()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        // Pipes and sockets are the test runner's and the runtime's; no command of these opens one.
        return
        [
            .. new DirectoryInfo("/proc/self/fd").GetFileSystemInfos().Where(file => file.LinkTarget?.StartsWith('/') == true)
                .Select(file => $"{file.Name} {file.LinkTarget}").Order(StringComparer.Ordinal),
        ];
    }
}

using System.CommandLine;
using XenShared.Cli.Execution;
using XenShared.Cli.Output;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Cli.Commands;

internal static class DemoCommand
{
    private const string SampleName = "sample.xencap";
    private const ushort SampleDomain = 5;

    public static Command Create()
    {
        var command = new Command("demo", "Show the main commands on a capture of a real host, which is part of this program.");
        command.SetAction(_ => QueryRun.Run(Run));
        return command;
    }

    private static int Run(IQueryObserver observer)
    {
        using var sample = typeof(DemoCommand).Assembly.GetManifestResourceStream(SampleName)
            ?? throw new XenException(
                XenErrorId.FileNotRecognised,
                "This build of xenshared has no sample capture in it",
                "build it from a complete checkout");
        using var target = CaptureTarget.Read(sample, SampleName);
        Console.WriteLine(
            TextFormat.Plain(
                $"A capture of a real host ({target.Host.HostName}, Xen {target.Host.Version}), taken {TextFormat.Time(target.TakenAt)}."));

        Title($"xenshared domains --target {SampleName}");
        var printed = DomainTable.Write(new DomainQuery(target, observer).Run(DomainSelection.All), isWide: false);
        Title($"xenshared info --domid {SampleDomain} --target {SampleName}");
        printed += SharedInfoText.Write(
            new SharedInfoQuery(target, observer).Run(new DomainSelection { DomIds = [SampleDomain] }),
            Console.Out);
        Title($"xenshared channels --pending --target {SampleName}");
        var pending = new EventChannelQuery(target, observer) { Filter = new ChannelFilter { Pending = true } };
        printed += ChannelTable.Write(pending.Run(DomainSelection.All), isWide: false);
        ShowModule(observer);
        return printed;
    }

    private static void Title(string command)
    {
        Console.WriteLine();
        Console.WriteLine($"$ {command}");
        Console.Out.Flush();
    }

    private static void ShowModule(IQueryObserver observer)
    {
        if (ModuleDemo.Find() is not { } demo)
        {
            Console.WriteLine();
            Console.WriteLine("The same in PowerShell is not shown: no pwsh is on PATH, or the module is not built beside this program.");
            return;
        }
        Console.WriteLine();
        Console.WriteLine("The same in PowerShell:");
        // The sample is written into a new folder of this user. In a shared folder such as /tmp, another user could create a link with the
        // known name of the sample, and the sample would overwrite the target of the link.
        var folder = Directory.CreateTempSubdirectory("xenshared-demo-").FullName;
        try
        {
            var path = Path.Combine(folder, SampleName);
            using (var copy = File.Create(path))
            using (var sample = typeof(DemoCommand).Assembly.GetManifestResourceStream(SampleName)!) sample.CopyTo(copy);
            if (demo.Run(path, SampleDomain) is var status and not 0)
                observer.Fail(
                    new XenException(
                        XenErrorId.NotSupportedByHost,
                        $"PowerShell ended with status {status}",
                        "run the lines above by hand to see why"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

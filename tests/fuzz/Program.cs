using System.Globalization;
using XenShared.Fuzz;

// xenshared-fuzz [READER|all] [--count N] [--seed N] [--first N]: prints a line for each reader; 0 when nothing failed.
Environment.SetEnvironmentVariable("XENSHARED_RUNTIME_DIRECTORY", "");
Environment.SetEnvironmentVariable("XENSHARED_KERNEL_ROOT", "");
var name = args is [var given, ..] && !given.StartsWith('-') ? given : "all";
var count = Option("--count", 1_000_000);
var seed = (int)Option("--seed", 1);
var first = Option("--first", 0);
var readers = FuzzReaders.All.Where(reader => name == "all" || reader.Name == name).ToArray();
if (readers.Length == 0)
{
    Console.Error.WriteLine($"There is no reader '{name}'; there are: {string.Join(", ", FuzzReaders.All.Select(reader => reader.Name))}.");
    return 2;
}
var failed = false;
foreach (var reader in readers)
{
    using var watch = new HangWatch(reader.Name, seed);
    var report = FuzzRun.Run(reader, seed, first, count, watch.Begin);
    Console.WriteLine(report);
    foreach (var failure in report.Failures) Console.WriteLine($"  {failure}");
    failed |= report.Failures.Count > 0;
}
return failed ? 1 : 0;

long Option(string option, long otherwise) =>
    Array.IndexOf(args, option) is var at and >= 0 && at + 1 < args.Length
        ? long.Parse(args[at + 1], CultureInfo.InvariantCulture)
        : otherwise;

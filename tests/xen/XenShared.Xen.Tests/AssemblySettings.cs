using System.Runtime.Versioning;

// One bed at a time: two emulated hosts on two cores wait for each other, and tests of one host pause its guests.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: SupportedOSPlatform("linux")]

using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace XenShared.Tests.Support;

/// <summary>Runs properties from a fixed seed, so that a failure is reproducible.</summary>
internal static class Always
{
    private const ulong Seed = 20_261_122;

    public static void Holds<T>(Gen<T> values, Action<T> assertion, int cases = 200)
    {
        var replay = FSharpOption<Replay>.Some(new Replay(new Rnd(Seed), FSharpOption<int>.None));
        var config = Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true).WithReplay(replay);
        Check.One(config, Prop.ForAll(values.ToArbitrary(), assertion));
    }
}

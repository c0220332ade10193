using System.CommandLine;

namespace XenShared.Cli.Commands;

/// <summary>Numbers that must not be below something.</summary>
internal static class NumberRange
{
    public static void Require(Option<int> option, int minimum) => option.Validators.Add(result =>
    {
        if (result.GetValue(option) < minimum) result.AddError($"{option.Name} takes a number from {minimum} on.");
    });

    public static void Require(Option<int?> option, int minimum) => option.Validators.Add(result =>
    {
        if (result.GetValue(option) < minimum) result.AddError($"{option.Name} takes a number from {minimum} on.");
    });
}

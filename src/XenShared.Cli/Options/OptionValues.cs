using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using XenShared.Cli.Commands;

namespace XenShared.Cli.Options;

/// <summary>
/// Parses the values of options and arguments. An invalid value is a usage error, with one sentence that names the valid values.
/// </summary>
internal static class OptionValues
{
    // The maximum number of characters of an option's value that a message quotes. The rest of a longer value is replaced by "...".
    private const int MaximumQuotedLength = 60;

    /// <summary>Accepts a number between two limits, but neither NaN nor infinity.</summary>
    public static Option<T> Range<T>(this Option<T> option, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => ReadNumber(result, 0, option.Name, minimum, maximum) ?? default;
        return option;
    }

    /// <inheritdoc cref="Range{T}(Option{T}, T, T)"/>
    public static Option<T?> Range<T>(this Option<T?> option, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => ReadNumber(result, 0, option.Name, minimum, maximum);
        return option;
    }

    /// <inheritdoc cref="Range{T}(Option{T}, T, T)"/>
    public static Option<T[]> Range<T>(this Option<T[]> option, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        option.CustomParser = result => ReadAll(result, index => ReadNumber(result, index, option.Name, minimum, maximum));
        return option;
    }

    /// <summary>Accepts the names of an enumeration in upper or lower case, but no numbers. Flags can be separated by commas.</summary>
    public static Option<T> Names<T>(this Option<T> option)
        where T : struct, Enum
    {
        option.CustomParser = result => ReadName<T>(result, 0, option.Name) ?? default;
        return option;
    }

    /// <inheritdoc cref="Names{T}(Option{T})"/>
    public static Option<T?> Names<T>(this Option<T?> option)
        where T : struct, Enum
    {
        option.CustomParser = result => ReadName<T>(result, 0, option.Name);
        return option;
    }

    /// <inheritdoc cref="Names{T}(Option{T})"/>
    public static Option<T[]> Names<T>(this Option<T[]> option)
        where T : struct, Enum
    {
        option.CustomParser = result => ReadAll(result, index => ReadName<T>(result, index, option.Name));
        option.CompletionSources.Add(Enum.GetNames<T>());
        return option;
    }

    /// <summary>Accepts true or false. Without a value, the option is true.</summary>
    public static Option<bool?> TrueOrFalse(this Option<bool?> option)
    {
        option.CustomParser = result =>
            result.Tokens.Count == 0 ? true
            : bool.TryParse(result.Tokens[0].Value, out var value) ? value
            : Refuse<bool>(result, $"{option.Name} takes true or false, not {Quote(result.Tokens[0].Value)}.");
        return option;
    }

    /// <summary>Accepts a date, with or without a time of day and an offset from UTC.</summary>
    public static Option<DateTimeOffset?> Date(this Option<DateTimeOffset?> option)
    {
        option.CustomParser = result =>
            DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
                ? time
                : Refuse<DateTimeOffset>(
                    result,
                    $"{option.Name} takes a time such as 2026-11-29T12:00:00Z, not {Quote(result.Tokens[0].Value)}.");
        return option;
    }

    /// <summary>Accepts text that is not empty and for which <paramref name="findProblem"/>, if given, returns no problem.</summary>
    public static Option<T> Text<T>(this Option<T> option, Func<string, string?>? findProblem = null)
    {
        // The check uses only the tokens of this option. Reading the value of another option here would throw an exception if that value is
        // invalid.
        option.Validators.Add(result => CheckText(result, result.Tokens, option.Name, findProblem));
        return option;
    }

    /// <inheritdoc cref="Text{T}(Option{T}, Func{string, string?}?)"/>
    public static Argument<string> Text(this Argument<string> argument)
    {
        argument.Validators.Add(result => CheckText(result, result.Tokens, argument.Name, null));
        return argument;
    }

    /// <summary>
    /// Adds a check of the combination of a command's options. <paramref name="findProblem"/> returns the problem, or null.
    /// </summary>
    public static void Together(this Command command, Func<CommandResult, string?> findProblem) => command.Validators.Add(result =>
    {
        if (findProblem(result) is { } problem) result.AddError(problem);
    });

    /// <summary>Determines whether an option is on the command line, even with an invalid value.</summary>
    public static bool IsGiven(this SymbolResult result, Option option) => result.GetResult(option) is { Implicit: false };

    /// <summary>Quotes a value for a message.</summary>
    public static string Quote(string value) => value.Length <= MaximumQuotedLength ? $"'{value}'" : $"'{value[..MaximumQuotedLength]}...'";

    private static void CheckText(SymbolResult result, IReadOnlyList<Token> tokens, string name, Func<string, string?>? findProblem)
    {
        foreach (var text in tokens.Select(token => token.Value))
        {
            // The value is a name or a path, and neither can contain a NUL.
            if (text.Length == 0) result.AddError($"{name} takes a text that is not empty.");
            else if (text.Contains('\0', StringComparison.Ordinal)) result.AddError($"{name} takes a text without NUL characters.");
            else if (findProblem?.Invoke(text) is { } problem) result.AddError(problem);
        }
    }

    private static T[] ReadAll<T>(ArgumentResult result, Func<int, T?> read)
        where T : struct
    {
        var values = new T[result.Tokens.Count];
        for (var index = 0; index < values.Length; index++)
        {
            if (read(index) is not { } value) return [];
            values[index] = value;
        }
        return values;
    }

    private static T? ReadNumber<T>(ArgumentResult result, int index, string name, T minimum, T maximum)
        where T : struct, INumber<T>
    {
        var text = result.Tokens[index].Value;
        var isWhole = T.One / (T.One + T.One) == T.Zero;
        var style = isWhole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (T.TryParse(text, style, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;
        return Refuse<T>(
            result,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name} takes a {(isWhole ? "whole " : "")}number from {minimum} to {maximum}, not {Quote(text)}."));
    }

    private static T? ReadName<T>(ArgumentResult result, int index, string name)
        where T : struct, Enum
    {
        var text = result.Tokens[index].Value;
        var names = Enum.GetNames<T>();
        var parts = typeof(T).IsDefined(typeof(FlagsAttribute), inherit: false) ? text.Split(',', StringSplitOptions.TrimEntries) : [text];
        if (Array.TrueForAll(parts, part => names.Contains(part, StringComparer.OrdinalIgnoreCase)))
            return Enum.Parse<T>(text, ignoreCase: true);
        return Refuse<T>(result, $"{name} takes {string.Join(", ", names.SkipLast(1))} or {names[^1]}, not {Quote(text)}.");
    }

    private static T? Refuse<T>(ArgumentResult result, string message)
        where T : struct
    {
        result.AddError(message);
        return null;
    }
}

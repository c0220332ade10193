using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using XenShared.Cli.Commands;

namespace XenShared.Cli.Options;

/// <summary>
/// Reads the values of options and arguments. A value that an option does not take is one error of usage, in one sentence that names what
/// it takes.
/// </summary>
internal static class OptionValues
{
    // Longer values are not repeated in a message as a whole.
    private const int MaximumQuotedLength = 60;

    /// <summary>Takes a number between two limits; neither NaN nor infinity is.</summary>
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

    /// <summary>Takes the names of an enumeration in any case, but no numbers; of flags, several with commas between.</summary>
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
        return option;
    }

    /// <summary>Takes true or false; true where the option stands alone.</summary>
    public static Option<bool?> TrueOrFalse(this Option<bool?> option)
    {
        option.CustomParser = result =>
            result.Tokens.Count == 0 ? true
            : bool.TryParse(result.Tokens[0].Value, out var value) ? value
            : Refuse<bool>(result, $"{option.Name} takes true or false, not {Quote(result.Tokens[0].Value)}.");
        return option;
    }

    /// <summary>Takes a date, with a time of day and an offset from UTC or without.</summary>
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

    /// <summary>Takes text that is not empty and that <paramref name="findProblem"/>, if there is one, finds nothing wrong with.</summary>
    public static Option<T> Text<T>(this Option<T> option, Func<string, string?>? findProblem = null)
    {
        // By the tokens alone: to ask for the value of another option here throws where that one cannot be read.
        option.Validators.Add(result => CheckText(result, result.Tokens, option.Name, findProblem));
        return option;
    }

    /// <inheritdoc cref="Text{T}(Option{T}, Func{string, string?}?)"/>
    public static Argument<string> Text(this Argument<string> argument)
    {
        argument.Validators.Add(result => CheckText(result, result.Tokens, argument.Name, null));
        return argument;
    }

    /// <summary>Adds what options of a command must hold together; <paramref name="findProblem"/> gives what is wrong, or null.</summary>
    public static void Together(this Command command, Func<CommandResult, string?> findProblem) => command.Validators.Add(result =>
    {
        if (findProblem(result) is { } problem) result.AddError(problem);
    });

    /// <summary>Determines whether an option stands on the command line. Its value need not be one that it takes.</summary>
    public static bool IsGiven(this SymbolResult result, Option option) => result.GetResult(option) is { Implicit: false };

    /// <summary>Quotes a value for a message.</summary>
    public static string Quote(string value) => value.Length <= MaximumQuotedLength ? $"'{value}'" : $"'{value[..MaximumQuotedLength]}...'";

    private static void CheckText(SymbolResult result, IReadOnlyList<Token> tokens, string name, Func<string, string?>? findProblem)
    {
        foreach (var text in tokens.Select(token => token.Value))
        {
            // Neither a name nor a path has a NUL.
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

using System.Text;

namespace XenShared.Reports.Metrics;

/// <summary>Converts names of the model to the spelling of metrics.</summary>
internal static class MetricNames
{
    /// <summary>Converts <c>PhysicalIrq</c> to <c>physical_irq</c>.</summary>
    public static string Snake(string word)
    {
        var text = new StringBuilder(word.Length + 4);
        foreach (var letter in word)
        {
            if (char.IsUpper(letter) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }
        return text.ToString();
    }
}

namespace Slipway.Config;

/// <summary>Finds the name somebody meant: by the edit distance of Damerau (insert, delete, replace, swap neighbours), case ignored.</summary>
internal static class NearestName
{
    /// <summary>The only one of the known names that begins as the one written, else the nearest; null when none is within three edits and half of the name's length.</summary>
    public static string? Of(string written, IEnumerable<string> known)
    {
        if (written.Length is 0 or > 60)
        {
            return null;
        }

        // Whoever stopped in the middle of a name meant that one.
        string[] begun = written.Length < 3 ? [] : [.. known.Where(name => name.Length > written.Length && name.StartsWith(written, StringComparison.OrdinalIgnoreCase))];
        if (begun is [var only] && !known.Contains(written, StringComparer.OrdinalIgnoreCase))
        {
            return only;
        }

        int most = Math.Min(3, Math.Max(1, written.Length / 2));
        string? best = null;
        foreach (string name in known)
        {
            int distance = Distance(written.ToUpperInvariant(), name.ToUpperInvariant());
            if (distance <= most)
            {
                (best, most) = (name, distance - 1);
            }
        }

        return best;
    }

    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}

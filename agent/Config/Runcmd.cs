namespace Slipway.Config;

/// <summary>Reads a cloud-config's <c>runcmd</c>: does the user data join the node by itself?</summary>
internal static class Runcmd
{
    private static readonly char[] Separators = [' ', '\t', '\n', '\r', ';', '&', '|', '(', ')', '\'', '"', '`', '$', '{', '}'];

    /// <summary>Whether a command of the list runs <c>kubeadm init</c>, <c>kubeadm join</c> or <c>nodeadm init</c>.</summary>
    /// <param name="runcmd">The list: each entry a line for the shell or a list of arguments.</param>
    public static bool Joins(ConfigNode? runcmd) => runcmd switch
    {
        SequenceNode list => list.Items.Any(item => Joins(Line(item))),
        ScalarNode line => Joins(line.Raw),
        _ => false,
    };

    private static string Line(ConfigNode entry) => entry switch
    {
        ScalarNode line => line.Raw,
        SequenceNode arguments => string.Join(' ', arguments.Items.OfType<ScalarNode>().Select(a => a.Raw)),
        _ => "",
    };

    private static bool Joins(string command) =>
        command.Split('\n').Any(line => !line.TrimStart().StartsWith('#') && JoinsInLine(line));

    private static bool JoinsInLine(string line)
    {
        string[] words = line.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            string program = words[i][(words[i].LastIndexOf('/') + 1)..];
            if (program is "kubeadm" or "nodeadm" && !(i > 0 && words[i - 1] is "echo" or "command" or "which" or "-v"))
            {
                // The verb follows the program, or flags of it with or without a value: kubeadm --v 5 join.
                string? verb = words.Skip(i + 1).SkipWhile(w => w.StartsWith('-') || w.All(char.IsAsciiDigit)).FirstOrDefault();
                if (verb == "init" || (verb == "join" && program == "kubeadm"))
                {
                    return true;
                }
            }
        }

        return false;
    }
}

using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class MutationTests
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ":", "- ", "&a ", "*a", "!!x ", "<<: ", "\"", "'", "|", ">", "\t", "\n", "  ", "#", "%", "---\n", "...\n", "null", "true", "0x", "1e9",
        "\0", "\u0085", "\u2028", "😀", "?", "~", "@", "`", ",", "\\u", "\r", "{{", "[]", "{}", "99999999999999999999", "%YAML 9.9\n", "-1", "\uFEFF",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_mutation_of_a_document_makes_anything_throw(int seed)
    {
        var random = new Random(seed);
        string[] starts =
        [
            Documents.Worker,
            Encoding.UTF8.GetString(NodeConfigJson.Write(Documents.Spec(NodeConfigReaderTests.Everything))),
            "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec:\n  " + NodeConfigReaderTests.Everything.Replace("\n", "\n  ", StringComparison.Ordinal),
            "#cloud-config\nwrite_files:\n- path: /x\n  content: |\n    " + Documents.Worker.Replace("\n", "\n    ", StringComparison.Ordinal) + "\nruncmd: [[kubeadm, join]]\n",
        ];
        int valid = 0;
        for (int i = 0; i < 1500; i++)
        {
            var text = new StringBuilder(starts[i % starts.Length]);
            for (int hits = random.Next(1, 5); hits > 0; hits--)
            {
                int at = random.Next(text.Length);
                switch (random.Next(4))
                {
                    case 0:
                        text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
                        break;
                    case 1:
                        text.Insert(at, text.ToString(at, Math.Min(random.Next(1, 60), text.Length - at)));
                        break;
                    case 2:
                        text.Length = Math.Max(1, random.Next(8) == 0 ? at : text.Length);
                        break;
                    default:
                        text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                        break;
                }
            }

            string mutant = text.ToString();
            try
            {
                valid += Read(mutant) ? 1 : 0;
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                Assert.Fail($"{error}\n{mutant}");
            }
        }

        // Mutants of which none is valid would test only the front door.
        Assert.NotEqual(0, valid);
    }

    private static bool Read(string mutant)
    {
        if (UserData.FindDocuments(Encoding.UTF8.GetBytes(mutant), Documents.Origin) is not UserDataResult.Found found)
        {
            return false;
        }

        if (NodeConfigReader.Read(found.Documents, found.HasRuncmdJoin) is not NodeConfigResult.Valid valid)
        {
            return false;
        }

        Assert.NotEmpty(ConfigPrinter.Text(valid.Merged));
        Assert.NotEmpty(ConfigPrinter.Json(valid.Merged));
        ReadResult again = NodeConfigJson.Read(Encoding.UTF8.GetString(NodeConfigJson.Write(valid.Merged)), "config.json");
        var second = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read(again.Documents, found.HasRuncmdJoin));
        Assert.Equal(valid.Id, second.Id);
        return true;
    }
}

/** What a visitor sees. */
export function page({ release, environment }) {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Shop</title>
  <h1>Shop, version 1</h1>
  <p>Tea, mugs and kettles.</p>
  <p>Release ${release}, ${environment}</p>
</html>
`;
}

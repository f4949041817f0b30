/** What a visitor sees. */
export function page({ release, environment }) {
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Shop</title>
  <h1>Shop, version 3</h1>
  <p>Tea, mugs and kettles: a tenth less from ten pieces on, as long as the shelf lasts.</p>
  <p>Release ${release}, ${environment}</p>
</html>
`;
}
